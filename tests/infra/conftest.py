"""A tiny dbt project, so that building and publishing are tested in seconds."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from infra.cli import run
from infra.orchestration import build_log, dbt_run
from infra.orchestration.building import BuildResult, build
from infra.orchestration.dbt_run import Watcher
from infra.orchestration.publishing import PublishedVersions
from producer.common import database as databases
from producer.common.file_lock import Patience

TINY_PROJECT = Path(__file__).with_name("tiny_project")


@dataclass(frozen=True)
class Called:
    """What became of one call of the command."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> str:
        """The one line of stderr."""
        (line,) = self.err.splitlines()
        return line


Call = Callable[..., Called]
Hold = Callable[[Path], AbstractContextManager[None]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the tiny project, in a folder with the name of the real one."""
    return Path(shutil.copytree(TINY_PROJECT, tmp_path / "dbt"))


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the command finds its database, in a folder with a space and a letter beyond ASCII."""
    path = tmp_path / "wäre house" / "portfolio.duckdb"
    monkeypatch.setenv("WAREHOUSE_PATH", str(path))
    monkeypatch.delenv("WAREHOUSE_PUBLISHED", raising=False)
    return path


@pytest.fixture
def load(database: Path) -> Callable[..., None]:
    """Puts numbers into the table that the tiny project reads, in place of those before."""

    def put(*numbers: int | None) -> None:
        with databases.connection(database) as connection:
            connection.execute("create or replace table main.numbers (number integer)")
            connection.executemany(
                "insert into main.numbers values (?)", [[number] for number in numbers]
            )

    return put


@pytest.fixture
def own_import_of_dbt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Imports dbt for each run, as users do."""
    monkeypatch.setattr(dbt_run, "subprocess", subprocess)


@pytest.fixture
def build_tiny(database: Path, project: Path) -> Callable[..., BuildResult]:
    """Builds the tiny project."""

    def run(select: str | None = None, watcher: Watcher | None = None) -> BuildResult:
        return build(database, project=project, select=select, watcher=watcher)

    return run


@pytest.fixture
def passed_build(database: Path) -> Callable[..., None]:
    """Leaves a database that holds one number and whose last build passed, without any dbt."""

    def make(number: int) -> None:
        with databases.connection(database) as connection:
            databases.create_raw_tables(connection)
            connection.execute(build_log.CREATE)
            connection.execute(
                "create or replace table main.answer as select ? as number", [number]
            )
            build_id = f"build {number}"
            now = datetime.fromisoformat("2026-01-01") + timedelta(days=number)
            connection.execute(build_log.START, [build_id, now, None])
            connection.execute(build_log.FINISH, [now, "passed", 1, 2, 0, 0, None, build_id])

    return make


@pytest.fixture
def versions(database: Path) -> PublishedVersions:
    """The published versions of the database."""
    return PublishedVersions(database)


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Call:
    """Calls the command in this process. No call ever shows a traceback."""

    def called(*arguments: object) -> Called:
        capfd.readouterr()
        code = run([str(argument) for argument in arguments])
        shown = capfd.readouterr()
        assert "Traceback" not in shown.out + shown.err
        return Called(code, shown.out, shown.err)

    return called


@pytest.fixture
def hold(monkeypatch: pytest.MonkeyPatch) -> Hold:
    """Lets another process hold a database; nobody here waits long for it."""

    def short(path: Path, seconds: float) -> Patience:
        return Patience(path, min(seconds, 0.1))

    monkeypatch.setattr(databases, "Patience", short)

    @contextmanager
    def held(path: Path) -> Iterator[None]:
        program = f"import duckdb; c = duckdb.connect({str(path)!r}); print(flush=True); input()"
        with subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as holder:
            assert holder.stdout
            assert holder.stdout.readline()
            try:
                yield
            finally:
                holder.communicate("go\n")

    return held


@pytest.fixture
def trades_file(tmp_path: Path) -> Callable[..., Path]:
    """Writes a CSV file of trades, each given by its id and its quantity."""

    def write(name: str, **quantities: object) -> Path:
        path = tmp_path / name
        rows = [
            f"{trade_id},ACC001,AAPL,BUY,{quantity},10,2025-01-02T15:00:00Z"
            for trade_id, quantity in quantities.items()
        ]
        header = "trade_id,account_id,symbol,side,quantity,price,executed_at"
        path.write_text("\n".join([header, *rows, ""]))
        return path

    return write
