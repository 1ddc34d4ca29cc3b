"""The lock beside the database: committed rows stay, and who is waited for is said."""

import contextlib
import errno
import multiprocessing
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from producer.common import file_lock
from producer.common.database import connection, transaction
from producer.common.errors import LockNotHad, UnusableDatabase
from producer.common.file_lock import Patience, asked_holder, lock_file, writing
from tests.producer.conftest import rows_of

SPAWN = multiprocessing.get_context("spawn")
ROOT = Path(__file__).parents[2]
WRITING_THREADS = 3


def write_with_ledger(database: Path, ledger: Path, name: str, seconds: float) -> None:
    """Write until the time is over; what was committed goes into a ledger outside."""
    inside = ledger.parent / "inside"
    owner = str(os.getpid())
    end = time.monotonic() + seconds
    number = 0
    with ledger.open("a", encoding="utf-8") as acknowledged:
        while time.monotonic() < end:
            with connection(database) as con:
                inside.write_text(owner)
                with transaction(con):
                    con.execute("insert into written values (?, ?)", [name, number])
                time.sleep(random.uniform(0, 0.005))  # noqa: S311 - so that others try meanwhile
                assert inside.read_text() == owner, "another process writes at the same time"
            acknowledged.write(f"{name} {number}\n")
            acknowledged.flush()
            number += 1
            time.sleep(random.uniform(0, 0.02))  # noqa: S311 - so that others get in between


@pytest.mark.parametrize("seconds", [3, pytest.param(60, marks=pytest.mark.long)])
def test_threads_and_a_second_process_lose_no_committed_row(
    database: Path, tmp_path: Path, seconds: int
) -> None:
    with connection(database) as con:
        con.execute("create table written (name varchar, number integer)")
    ledger = tmp_path / "ledger.txt"
    other = SPAWN.Process(target=write_with_ledger, args=(database, ledger, "process", seconds + 1))
    other.start()
    with ThreadPoolExecutor(WRITING_THREADS) as threads:
        running = [
            threads.submit(write_with_ledger, database, ledger, f"thread{n}", seconds)
            for n in range(WRITING_THREADS)
        ]
    for thread in running:
        thread.result()
    other.join(60)
    assert other.exitcode == 0
    acknowledged = {
        (name, int(number)) for name, number in map(str.split, ledger.read_text().splitlines())
    }
    assert {name for name, _ in acknowledged} >= {"process", "thread0"}
    assert acknowledged - set(rows_of(database, "select name, number from written")) == set()


def in_another_process(program: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """A few lines of Python, as a process of its own."""
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program, *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


INSERT = """
import sys
from pathlib import Path
from producer.common.database import connection
with connection(Path(sys.argv[1]), wait_seconds=float(sys.argv[2])) as con:
    con.execute("insert into written values ('stranger')")
"""


def test_a_writer_whose_own_lock_was_dropped_is_still_alone(database: Path) -> None:
    """Any other handle of the file that this process closes ends the lock of DuckDB."""
    with connection(database) as con:
        con.execute("create table written (name varchar)")
        con.execute("insert into written values ('ours')")
        database.open("rb").close()
        refused = in_another_process(INSERT, database, 0.2)
        con.execute("insert into written values ('ours too')")
    assert f"process {os.getpid()} (" in refused.stderr
    assert in_another_process(INSERT, database, 60).returncode == 0
    assert rows_of(database, "select name from written order by name") == [
        ("ours",),
        ("ours too",),
        ("stranger",),
    ]


@pytest.mark.parametrize("read_only", [False, True])
def test_threads_take_turns_readers_too(database: Path, *, read_only: bool) -> None:
    """Whoever closes the file ends the lock of every other thread."""
    with connection(database) as con:
        con.execute("create table written (name varchar)")
    entered = threading.Event()

    def enter() -> None:
        with connection(database, read_only=read_only):
            entered.set()

    with ThreadPoolExecutor(1) as threads:
        with connection(database):
            with pytest.raises(LockNotHad, match="another thread of this process"):
                threads.submit(open_briefly, database, read_only=read_only).result()
            waiting = threads.submit(enter)
            assert not entered.wait(0.2)
        waiting.result(10)
    assert entered.is_set()


def open_briefly(database: Path, *, read_only: bool) -> None:
    with connection(database, read_only=read_only, wait_seconds=0.2):
        pass


@pytest.mark.parametrize("is_waited_for", [False, True])
def test_who_is_waited_for_pauses_so_that_another_process_gets_in_between(
    database: Path, monkeypatch: pytest.MonkeyPatch, *, is_waited_for: bool
) -> None:
    """The next thread of the same process would be quicker, each time."""
    pauses: list[float] = []
    with writing(database):
        time.sleep(0.1)  # a file's time of change is not finer than some milliseconds
        if is_waited_for:
            assert f"process {os.getpid()} " in (asked_holder(database) or "")
        monkeypatch.setattr(time, "sleep", pauses.append)
    assert [pause > file_lock._LONGEST_NAP_SECONDS for pause in pauses] == [True] * is_waited_for


def test_two_names_of_one_file_have_one_lock(database: Path, tmp_path: Path) -> None:
    database.parent.mkdir()
    link = tmp_path / "link"
    link.symlink_to(database.parent)
    assert lock_file(link / database.name) == lock_file(database)


# ---------------------------------------------------------------- who is waited for


@contextlib.contextmanager
def held_elsewhere(program: str, database: Path) -> Iterator[int]:
    """Another process holds the database; gives its pid."""
    database.parent.mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", program, str(database)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout
        assert holder.stdout.readline()
        try:
            yield holder.pid
        finally:
            holder.communicate("go\n")


OURS = """
import sys
from pathlib import Path
from producer.common.database import connection
from producer.common.file_lock import writing
path = Path(sys.argv[1])
with writing(path, "warehouse build"), connection(path):
    print(flush=True); input()
"""
FOREIGN = """
import sys, duckdb
with duckdb.connect(sys.argv[1]):
    print(flush=True); input()
"""


@pytest.mark.parametrize("read_only", [False, True])
def test_a_wait_says_on_whom_within_two_seconds_and_once(
    database: Path, capfd: pytest.CaptureFixture[str], *, read_only: bool
) -> None:
    with held_elsewhere(OURS, database) as pid:
        with (
            pytest.raises(LockNotHad, match=rf"process {pid} \(warehouse build, since") as caught,
            connection(database, read_only=read_only, wait_seconds=2),
        ):
            pass
        said = capfd.readouterr().err
    assert re.fullmatch(
        rf"waiting for process {pid} \(warehouse build, since \d\d:\d\d:\d\d UTC\), which uses"
        rf" {re.escape(str(database))}\n",
        said,
    )
    assert "in use by another process for more than 2 s" in str(caught.value)


def test_a_process_that_is_none_of_ours_is_named_as_duckdb_names_it(database: Path) -> None:
    with (
        held_elsewhere(FOREIGN, database) as pid,
        pytest.raises(LockNotHad, match=rf"process {pid} \(python"),
        connection(database, wait_seconds=0.2),
    ):
        pass


def test_a_short_wait_says_nothing(
    database: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    patience = Patience(database, 60)
    patience.spend("somebody")
    assert capfd.readouterr().err == ""
    monkeypatch.setattr(file_lock, "SAY_AFTER_SECONDS", 0)
    patience.spend("somebody")
    patience.spend("somebody")
    assert capfd.readouterr().err == f"waiting for somebody, which uses {database}\n"


def test_a_holder_that_was_killed_is_not_waited_for(database: Path) -> None:
    killed = in_another_process(OURS.replace("input()", "import os; os._exit(9)"), database)
    assert killed.returncode == 9
    assert lock_file(database).read_text().endswith(" warehouse build\n")
    assert asked_holder(database) is None
    with connection(database, wait_seconds=1):
        assert lock_file(database).read_text().startswith(f"{os.getpid()} ")
    assert lock_file(database).read_text() == ""


def test_the_outermost_holder_says_what_for(database: Path) -> None:
    with writing(database, "warehouse build"):
        with connection(database):
            pass
        assert lock_file(database).read_text().endswith(" warehouse build\n")


def test_a_disk_without_locks_is_named(database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_locks(_: int, __: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", no_locks)
    with (
        pytest.raises(UnusableDatabase, match=r"portfolio\.duckdb\.lock: No locks available"),
        connection(database),
    ):
        pass
    assert asked_holder(database) is None


def test_a_lock_file_that_cannot_be_made_is_named(database: Path) -> None:
    lock_file(database).mkdir(parents=True)
    with (
        pytest.raises(UnusableDatabase, match=r"portfolio\.duckdb\.lock: Is a directory"),
        connection(database),
    ):
        pass
