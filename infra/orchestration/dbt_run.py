"""Running dbt on a database, as a subprocess whose events can be watched."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from infra.orchestration.paths import DBT_PROJECT, dbt_folder
from producer.common import database as databases
from producer.common.errors import WarehouseError
from producer.common.file_lock import writing

_DBT_PROCESS = Path(__file__).with_name("dbt_process.py")
_FAILED = frozenset({"fail", "error", "runtime error", "partial success"})
_TESTS = frozenset({"test", "unit_test"})


class DbtFailed(WarehouseError):  # noqa: N818 - says what happened
    """dbt could not do what it was asked for."""


@dataclass(frozen=True, slots=True)
class Node:
    """What became of one model, seed, test or hook."""

    kind: str
    name: str
    status: str
    message: str | None
    failing_rows: int | None
    sql: str | None

    @property
    def is_test(self) -> bool:
        """Whether it checks a table rather than makes one."""
        return self.kind in _TESTS

    @property
    def has_failed(self) -> bool:
        """Whether it keeps a build from being published; a warning does not."""
        return self.status in _FAILED


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one run of dbt."""

    is_success: bool
    error: str | None
    """Why dbt did not get as far as running nodes, if it did not."""
    nodes: tuple[Node, ...] = ()

    def count(self, status: str, *, tests: bool) -> int:
        """How many tests (or else models, seeds and snapshots) ended in a status."""
        return sum(
            node.status == status and node.is_test is tests and node.kind != "operation"
            for node in self.nodes
        )


@dataclass(frozen=True, slots=True)
class Progress:
    """One model, seed or test has begun (status `started`) or ended."""

    total: int
    kind: str
    name: str
    status: str


Watcher = Callable[[Progress], None]


class DbtRun:
    """A finished run of dbt whose process still holds the database."""

    def __init__(self, process: "subprocess.Popen[str]", outcome: Outcome) -> None:
        """Take over a process that has reported its outcome."""
        self.outcome = outcome
        self._process = process

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Run a statement on dbt's own connection.

        Returns:
            The rows by column name; what JSON has no type for comes as text.

        Raises:
            DbtFailed: The statement failed, or dbt never opened the database.
        """
        stdin, stdout = _pipes(self._process)
        stdin.write(json.dumps([sql, list(parameters)], default=str) + "\n")
        stdin.flush()
        answer = json.loads(stdout.readline() or '{"error": "dbt has ended"}')
        if "error" in answer:
            raise DbtFailed(answer["error"])
        rows: list[dict[str, Any]] = answer["rows"]
        return rows

    def let_go(self) -> None:
        """End the process, and with it its hold on the database."""
        stdin, _ = _pipes(self._process)
        stdin.close()
        self._process.wait()


@contextmanager
def run_dbt(
    arguments: Sequence[str],
    *,
    database: Path,
    project: Path = DBT_PROJECT,
    watcher: Watcher | None = None,
) -> Iterator[DbtRun]:
    """Run dbt on a database; inside the `with` block nobody else can open the file.

    dbt opens and closes the file as it goes; the lock of the warehouse is held all the while.

    Args:
        arguments: The dbt command and its options, such as `["build", "--select", "dim_date"]`.
        database: The DuckDB file.
        project: The folder of dbt_project.yml and profiles.yml.
        watcher: Notified of each node as it begins and ends.

    Raises:
        LockNotHad: Another process kept the database.
        DbtFailed: The process died without an outcome.
    """
    command, environment = _invocation(arguments, database=database, project=project)
    with (
        _nobody_else_writing(database, f"dbt {arguments[0]}"),
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints,
        subprocess.Popen(  # noqa: S603 - our own interpreter, an argument list, no shell
            command,
            cwd=project,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):
        try:
            outcome = _follow(_pipes(process)[1], watcher)
            if outcome is None:
                complaints.seek(0)
                raise DbtFailed(f"dbt ended without a result: {complaints.read().strip()}")
            run = DbtRun(process, outcome)
            yield run
            run.let_go()
        except BaseException:
            process.terminate()
            raise


def run_dbt_once(
    arguments: Sequence[str],
    *,
    database: Path,
    project: Path = DBT_PROJECT,
    watcher: Watcher | None = None,
) -> Outcome:
    """Run dbt to its end and let go of the database.

    Raises:
        LockNotHad: Another process kept the database.
        DbtFailed: Any part of it failed.
    """
    with run_dbt(arguments, database=database, project=project, watcher=watcher) as run:
        outcome = run.outcome
    if not outcome.is_success:
        raise DbtFailed(f"dbt {arguments[0]} failed: {_reason(outcome)}")
    return outcome


@contextmanager
def _nobody_else_writing(database: Path, purpose: str) -> Iterator[None]:
    """Hold the lock; also wait, as for it, for a shell or a reader: dbt would not say for whom."""
    with writing(database, purpose):
        with databases.connection(database):
            pass
        yield


def _invocation(
    arguments: Sequence[str], *, database: Path, project: Path
) -> tuple[list[str], dict[str, str]]:
    # -P: neither the script's folder nor the project (which is called dbt) is on the import path.
    command = [sys.executable, "-P", str(_DBT_PROCESS), "--log-level", "none", "--no-use-colors"]
    folder = dbt_folder(database, project)
    # dbt's debug log of a build has 2 MB; compiled SQL is in its target folder all the same.
    environment = (
        {"DBT_LOG_LEVEL_FILE": "info"}
        | os.environ
        | {
            "WAREHOUSE_PATH": str(database),
            "WAREHOUSE_MEMORY_LIMIT": databases.memory_limit(),
            "DBT_PROJECT_DIR": str(project),
            "DBT_PROFILES_DIR": str(project),
            "DBT_TARGET_PATH": str(folder / "target"),
            "DBT_LOG_PATH": str(folder / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "PYTHONIOENCODING": "utf-8",
        }
    )
    return [*command, *arguments], environment


def _pipes(process: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    if process.stdin is None or process.stdout is None:
        raise DbtFailed("dbt was started without pipes")
    return process.stdin, process.stdout


def _follow(lines: IO[str], watcher: Watcher | None) -> Outcome | None:
    """Watch the nodes begin and end until the outcome."""
    for line in lines:
        try:
            said = json.loads(line)
        except json.JSONDecodeError:
            continue  # a print from inside dbt
        match said:
            case {"outcome": found}:
                nodes = tuple(Node(**node) for node in found.pop("nodes"))
                return Outcome(**found, nodes=nodes)
            case {"progress": progress} if watcher:
                watcher(Progress(*progress))
    return None


def _reason(outcome: Outcome) -> str:
    broken = [
        f"{node.kind} {node.name}: {node.message}" for node in outcome.nodes if node.has_failed
    ]
    return outcome.error or "\n".join(broken) or "it does not say why"
