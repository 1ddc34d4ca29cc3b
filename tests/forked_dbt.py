"""dbt's own process without the seconds in which Python imports dbt.

A server imports dbt once and forks for each run. A fork is as good as a new process: it runs the
very script, ends with it, and holds the database until then. The server imports neither duckdb nor
numpy: they start threads, which a fork would not have. It ends with the tests.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

LARGEST_REQUEST = 2**20
HANDED_OVER = 4
"""stdin, stdout, stderr, and a pipe that closes when the process is gone."""


class ForkedDbt:
    """What `dbt_run` needs of `subprocess.Popen`."""

    def __init__(
        self, server: socket.socket, request: Mapping[str, object], stderr: IO[str]
    ) -> None:
        """Have the server fork."""
        their_stdin, stdin = os.pipe()
        stdout, their_stdout = os.pipe()
        self._end, their_end = os.pipe()
        theirs = [their_stdin, their_stdout, their_end]
        files = [their_stdin, their_stdout, stderr.fileno(), their_end]
        socket.send_fds(server, [json.dumps(request).encode() + b"\n"], files)
        self.pid = int(server.recv(LARGEST_REQUEST))
        for file in theirs:
            os.close(file)
        self.stdin = open(stdin, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - a pipe
        self.stdout = open(stdout, encoding="utf-8", errors="replace")  # noqa: PTH123, SIM115 - a pipe

    def wait(self) -> None:
        """Until it has ended."""
        os.read(self._end, 1)

    def terminate(self) -> None:
        """As `Popen.terminate`; it is still there, since its end was not read."""
        os.kill(self.pid, signal.SIGTERM)

    def __enter__(self) -> ForkedDbt:
        """As Popen."""
        return self

    def __exit__(self, *_: object) -> None:
        """As Popen: close the pipes, wait for the end."""
        self.stdout.close()
        self.stdin.close()
        self.wait()
        os.close(self._end)


class DbtServer:
    """Stands in for the module `subprocess` in `dbt_run`."""

    PIPE = subprocess.PIPE

    def __init__(self) -> None:
        """Nothing is started before the first run."""
        self._server: subprocess.Popen[bytes] | None = None
        self._connection, self._theirs = socket.socketpair()

    def Popen(  # noqa: N802 - the name of what it stands in for
        self,
        command: Sequence[str],
        *,
        cwd: Path,
        env: Mapping[str, str],
        stderr: IO[str],
        **_: Any,
    ) -> ForkedDbt:
        """Start dbt: `command` is the interpreter, its option -P, the script and its arguments."""
        python, option, script, *arguments = command
        if self._server is None:
            self._server = subprocess.Popen(  # noqa: S603 - our own interpreter
                [python, option, __file__, str(self._theirs.fileno())],
                pass_fds=[self._theirs.fileno()],
                env=os.environ | {"PYTHONIOENCODING": "utf-8"},
            )
            self._theirs.close()
        request = {
            "script": script,
            "arguments": arguments,
            "folder": str(cwd),
            "environment": dict(env),
        }
        return ForkedDbt(self._connection, request, stderr)

    def close(self) -> None:
        """End the server."""
        self._connection.close()
        if self._server is not None:
            self._server.wait()


def serve(connection: socket.socket) -> None:
    """Fork for each request until the tests have gone away."""
    importlib.import_module("dbt.cli.main")
    # Neither Ctrl-C, which the tests hear, nor the end of a run is anything to do for the server.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()
    while True:
        text, files, *_ = socket.recv_fds(connection, LARGEST_REQUEST, HANDED_OVER)
        if not text:
            return
        while not text.endswith(b"\n"):
            text += connection.recv(LARGEST_REQUEST)
        process = os.fork()
        if process == 0:
            connection.close()
            _become(json.loads(text), files)
            return
        connection.send(str(process).encode())
        for file in files:
            os.close(file)


def _become(request: Mapping[str, Any], files: Sequence[int]) -> None:
    """Be the process that was asked for, from its start to its end."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, file in enumerate(files[:3]):
        os.dup2(file, number)
        os.close(file)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = [request["script"], *request["arguments"]]
    runpy.run_path(request["script"], run_name="__main__")


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
