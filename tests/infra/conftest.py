"""A tiny dbt project, so that building and publishing are tested in seconds."""

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from infra.orchestration import build_log
from infra.orchestration.building import BuildResult, build
from infra.orchestration.dbt_run import Watcher
from infra.orchestration.publishing import PublishedVersions
from producer.common import database as databases

TINY_PROJECT = Path(__file__).with_name("tiny_project")


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
