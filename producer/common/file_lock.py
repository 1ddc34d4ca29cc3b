"""Who may write to a database: one process, and of its threads one at a time.

DuckDB locks its file too, but a POSIX lock ends as soon as any thread of the process closes any
handle of that file. A lock file of its own, `portfolio.duckdb.lock`, has no such hole, and says who
holds it. It stays in place when nobody does: to remove it safely nobody could be about to take it.
"""

import os
import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from producer.common.clock import system_clock
from producer.common.database_path import refuse_unusable
from producer.common.errors import LockNotHad, UnusableDatabase

WAIT_SECONDS = 60.0
SAY_AFTER_SECONDS = 1.0
_TURN_SECONDS = 0.1
_LONGEST_NAP_SECONDS = 0.02
_ANOTHER_PROCESS = "another process"

if sys.platform == "win32":  # pragma: no cover - no flock there
    import msvcrt

    def _is_taken(handle: int) -> bool:
        """Take the lock if it is free: of a byte far behind the text, which stays readable."""
        os.lseek(handle, 1 << 30, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
else:
    import fcntl

    def _is_taken(handle: int) -> bool:
        """Take the lock if it is free."""
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class Patience:
    """How long a database is waited for; a wait that is felt is said once, and on whom it is."""

    def __init__(self, path: Path, seconds: float) -> None:
        """Begin to wait."""
        self._path = path
        self._seconds = seconds
        self._began = time.monotonic()
        self._is_said = False

    def spend(self, holder: str = "", *, who: str = _ANOTHER_PROCESS, nap: bool = True) -> None:
        """Wait a moment before the next attempt.

        Raises:
            LockNotHad: There is no time left.
        """
        waited = time.monotonic() - self._began
        if waited >= self._seconds:
            detail = f": {holder}" if holder else ""
            raise LockNotHad(
                f"{self._path}: in use by {who} for more than {self._seconds:g} s{detail}"
            )
        if waited >= SAY_AFTER_SECONDS and not self._is_said:
            self._is_said = True
            sys.stderr.write(f"waiting for {holder or who}, which uses {self._path}\n")
            sys.stderr.flush()
        if nap:
            time.sleep(random.uniform(0.1, 1) * _LONGEST_NAP_SECONDS)  # noqa: S311 - so that two do not keep in step


@dataclass(slots=True)
class _Turn:
    """Whose turn it is among the threads of this process, for one database."""

    thread: threading.RLock = field(default_factory=threading.RLock)
    handle: int | None = None
    """The lock file, while this process has it."""
    taken_at: int = 0
    """Its time of change when it was taken: whoever waits for it changes that."""


_turns: dict[Path, _Turn] = {}
_turns_guard = threading.Lock()


@contextmanager
def alone_in_process(database: Path, patience: Patience) -> Iterator[None]:
    """No other thread of this process has the database open; the same thread may, again.

    Raises:
        LockNotHad: Another thread kept it for too long.
    """
    turn = _turn_of(database)
    while not turn.thread.acquire(timeout=_TURN_SECONDS):
        patience.spend(who="another thread of this process", nap=False)
    try:
        yield
    finally:
        turn.thread.release()


@contextmanager
def writing(
    database: Path, purpose: str | None = None, *, patience: Patience | None = None
) -> Iterator[None]:
    """Nobody else writes to the database, in this process or another. May be nested in itself.

    Args:
        database: The DuckDB file; its folder is made.
        purpose: What it is held for, shown to those who wait; None: the command of this process.
        patience: How long to wait; None: a minute.

    Raises:
        LockNotHad: Another process or thread kept it for too long.
        UnusableDatabase: The path can be no database, or the lock file cannot be made or
            locked.
    """
    refuse_unusable(database)
    patience = patience or Patience(database, WAIT_SECONDS)
    turn = _turn_of(database)
    with alone_in_process(database, patience):
        if turn.handle is not None:
            yield
            return
        turn.handle = _lock_file_had(database, purpose or _command(), patience)
        turn.taken_at = os.fstat(turn.handle).st_mtime_ns
        try:
            yield
        finally:
            is_waited_for = os.fstat(turn.handle).st_mtime_ns != turn.taken_at
            os.ftruncate(turn.handle, 0)
            os.close(turn.handle)
            turn.handle = None
            if is_waited_for:
                # Else the next thread of this process would have it before any other process.
                time.sleep(2 * _LONGEST_NAP_SECONDS)


def asked_holder(database: Path) -> str | None:
    """Who writes to the database now, for a person, after asking for it; None: nobody of ours."""
    file = lock_file(database)
    try:
        handle = os.open(file, os.O_RDWR)
    except OSError:
        return None
    try:
        return None if _is_taken(handle) else _ask(file, handle)
    except OSError:  # a disk without locks
        return None
    finally:
        os.close(handle)


def lock_file(database: Path) -> Path:
    """The lock file of a database, beside the file itself."""
    file = database.resolve()
    return file.with_name(f"{file.name}.lock")


def _turn_of(database: Path) -> _Turn:
    with _turns_guard:
        return _turns.setdefault(database.resolve(), _Turn())


def _lock_file_had(database: Path, purpose: str, patience: Patience) -> int:
    file = lock_file(database)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise UnusableDatabase(f"{error.filename}: {error.strerror or error}") from error
    try:
        while not _is_taken(handle):
            patience.spend(_ask(file, handle))
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, f"{os.getpid()} {system_clock():%H:%M:%S} {purpose}\n".encode())
    except OSError as error:  # a network disk without locks, or a full one
        os.close(handle)
        raise UnusableDatabase(f"{file}: {error.strerror or error}") from error
    except BaseException:
        os.close(handle)
        raise
    return handle


def _ask(file: Path, handle: int) -> str:
    """Let the holder know that somebody waits; return what it wrote of itself."""
    with suppress(OSError):
        os.utime(file)
    os.lseek(handle, 0, os.SEEK_SET)
    words = os.read(handle, 4096).decode("utf-8", "replace").split(maxsplit=2)
    if len(words) != 3:
        return _ANOTHER_PROCESS
    pid, since, purpose = words
    return f"process {pid} ({purpose.strip()}, since {since} UTC)"


def _command() -> str:
    """What this process was started as, without its further arguments: `warehouse ingest`."""
    program, *arguments = sys.argv or ["python"]
    words = [Path(program).name, *arguments[:1]]
    return " ".join(" ".join(words).split())[:80] or "python"
