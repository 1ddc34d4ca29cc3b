"""The README's commands and queries run as written, from a fresh copy of the project."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from tests.house.project import ROOT, fenced_blocks, relative, tracked_files
from tests.house.promises import EXCEPTIONS, TABLES

README = ROOT / "README.md"
QUERIES = fenced_blocks(README, "sql")
NEEDED = ("producer", "infra", "dbt", "tests/data", "pyproject.toml")
# What make does after the install.
WITHOUT_INSTALL = {"make demo": ".venv/bin/python -m infra.demo"}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is in git, with the installed environment in its place."""
    copy = tmp_path_factory.mktemp("clone")
    for path in tracked_files():
        name = relative(path)
        if name.startswith(NEEDED):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy / name)
    (copy / ".venv").symlink_to(Path(sys.prefix))
    return copy


@pytest.fixture(scope="module")
def tour(fresh: Path) -> subprocess.CompletedProcess[str]:
    """All sh blocks of the README, one after the other, as in one terminal."""
    lines = [line for block in fenced_blocks(README, "sh") for line in block.splitlines()]
    script = "\n".join(["set -eu", *(WITHOUT_INSTALL.get(line, line) for line in lines)])
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("WAREHOUSE", "DBT"))
    }
    return subprocess.run(  # noqa: S603 - what a reader of the README types
        ["/bin/sh", "-c", script],
        cwd=fresh,
        # The console script finds the copy's code before the installed one.
        env=environment | {"PYTHONPATH": str(fresh)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def published(
    fresh: Path, tour: subprocess.CompletedProcess[str]
) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demo's published warehouse."""
    assert tour.returncode == 0, tour.stdout + tour.stderr
    folder = fresh / "data" / "warehouse" / "published"
    version = (folder / "current").read_text("utf-8").strip()
    with closing(
        duckdb.connect(folder / version / "portfolio.duckdb", read_only=True)
    ) as connection:
        yield connection


def test_every_command_runs_as_written(tour: subprocess.CompletedProcess[str]) -> None:
    assert tour.returncode == 0, tour.stdout + tour.stderr
    assert "exit code 3" in tour.stdout
    assert "Traceback" not in tour.stderr


def test_rejected_rows_look_as_the_readme_shows_them(
    tour: subprocess.CompletedProcess[str],
) -> None:
    def without_moment(text: str) -> str:
        return re.sub(r"\d{8}T\d{12}-", "", text)

    (shown,) = [block for block in fenced_blocks(README, "text") if "rejected.csv" in block]
    assert without_moment(shown) in without_moment(tour.stdout)


def test_the_tour_writes_only_into_the_folder_for_data(
    fresh: Path, tour: subprocess.CompletedProcess[str]
) -> None:
    assert tour.returncode == 0, tour.stdout + tour.stderr
    known = {relative(path) for path in tracked_files()}
    written = {
        path.relative_to(fresh).as_posix()
        for folder in ("producer", "infra", "dbt", "tests")
        for path in (fresh / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert sorted(written - known) == []


@pytest.mark.parametrize("query", QUERIES, ids=range(1, len(QUERIES) + 1))
def test_every_query_returns_rows(published: duckdb.DuckDBPyConnection, query: str) -> None:
    assert published.execute(query).fetchall()


@pytest.mark.parametrize("table", TABLES)
def test_the_database_has_what_was_promised(
    published: duckdb.DuckDBPyConnection, table: str
) -> None:
    columns = published.execute(f"describe {table}").fetchall()
    found = {name: kind.lower() for name, kind, *_ in columns}
    assert TABLES[table] == {name: found.get(name) for name in TABLES[table]}
    is_empty = published.execute(f"select count(*) from {table}").fetchone() == (0,)  # noqa: S608 - names of our own
    assert is_empty == (table in EXCEPTIONS)
