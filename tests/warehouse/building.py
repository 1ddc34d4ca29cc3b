"""Builds warehouses from files of raw rows, and reads them."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from infra.orchestration.dbt_run import Outcome, run_dbt
from infra.orchestration.paths import DBT_PROJECT
from producer.common.clock import Clock
from producer.files import ingest_file

Row = Mapping[str, object]
Load = tuple[str, Sequence[Row]]
"""A kind of raw rows, and the rows of one file in their order."""
Fill = Callable[[Path], object]
"""Puts raw rows into the database of that path."""

LOADED_AT = datetime.fromisoformat("2026-01-02T10:00:00")
BUILT_LAYERS = ("dimensions", "facts", "metrics")

ONLY_MODELS = ("run",)
MODELS_AND_DATA_TESTS = ("build", "--exclude-resource-type", "unit_test")
NO_ARTIFACTS = ("--no-write-json",)
"""Nothing here reads dbt's artifacts and log, and writing them is a third of a small build."""


@dataclass(frozen=True)
class Warehouse:
    """A built database."""

    database: Path
    outcome: Outcome = field(repr=False)
    _results: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict, repr=False)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query; they are read once."""
        if query not in self._results:
            with duckdb.connect(str(self.database), read_only=True) as connection:
                self._results[query] = connection.execute(query).fetchall()
        return self._results[query]

    def value(self, query: str) -> Any:
        """The only value of a query."""
        ((value,),) = self.rows(query)
        return value

    def tables(self) -> list[str]:
        """Names, with schema, of all dimensions, facts and metrics."""
        schemas = ", ".join(f"'main_{layer}'" for layer in BUILT_LAYERS)
        query = f"""
            select table_schema || '.' || table_name from information_schema.tables
            where table_schema in ({schemas}) order by all
        """  # noqa: S608 - fixed names
        return [name for (name,) in self.rows(query)]

    def columns(self, table: str) -> list[str]:
        """Names of a table's columns."""
        return [str(row[0]) for row in self.rows(f"describe {table}")]

    def signed_zeros(self) -> list[str]:
        """Columns of doubles, or lists of them, in which there is a -0.0."""
        doubles = """
            select column_name, table_schema || '.' || table_name from information_schema.columns
            where starts_with(table_schema, 'main_') and starts_with(data_type, 'DOUBLE')
            order by all
        """
        return [
            f"{table}.{column}"
            for column, table in self.rows(doubles)
            if self.value(f"""
                select count(*) from {table}
                where regexp_matches("{column}"::varchar, '-0[.]0(,|]|$)')
            """)  # noqa: S608 - our own names
        ]

    def digest(self, table: str) -> str:
        """Checksum of a table's rows, whatever their order; -0.0 is not 0.0."""
        query = f"""
            select md5(string_agg(line, chr(10) order by line))
            from (select row_of_table::varchar as line from {table} as row_of_table)
        """  # noqa: S608 - fixed names
        return str(self.value(query))


class Workshop:
    """Builds every warehouse at one path and moves it away, so that dbt parses once."""

    def __init__(self, folder: Path, project: Path = DBT_PROJECT) -> None:
        """Set up in an empty folder."""
        self._folder = folder
        self._project = project
        self._bench = folder / "bench" / "portfolio.duckdb"
        self._bench.parent.mkdir(parents=True)

    def build(self, name: str, fill: Fill, command: Sequence[str] = ONLY_MODELS) -> Warehouse:
        """Fill a new database, run dbt on it and keep it under a name.

        Args:
            name: Name of the file.
            fill: Puts the raw rows into it.
            command: What dbt is to do.
        """
        self._bench.unlink(missing_ok=True)
        fill(self._bench)
        arguments = [*command, *NO_ARTIFACTS]
        with run_dbt(arguments, database=self._bench, project=self._project) as run:
            outcome = run.outcome
        assert outcome.error is None, outcome.error
        kept = self._folder / f"{name}.duckdb"
        shutil.move(self._bench, kept)
        return Warehouse(kept, outcome)

    def built(self, name: str, fill: Fill) -> Warehouse:
        """Build all models and insist that it works."""
        warehouse = self.build(name, fill)
        broken = {node.name: node.message for node in warehouse.outcome.nodes if node.has_failed}
        assert broken == {}
        return warehouse


def failed(outcome: Outcome) -> list[str]:
    """Names of the models and tests that failed."""
    return [node.name for node in outcome.nodes if node.has_failed]


def loading_clock(file_number: int) -> Clock:
    """A second passes from one file to the next."""
    return lambda: LOADED_AT + timedelta(seconds=file_number)


def write_files(loads: Iterable[Load], folder: Path) -> dict[str, list[Path]]:
    """Write each load as a CSV file; the files of each kind come in the order of their loading."""
    folder.mkdir(parents=True, exist_ok=True)
    files: dict[str, list[Path]] = {}
    for number, (kind, rows) in enumerate(loads):
        path = folder / f"{number:02d}_{kind}.csv"
        names = dict.fromkeys(name for row in rows for name in row)
        with path.open("w", encoding="utf-8", newline="") as lines:
            writer = csv.DictWriter(lines, list(names))
            writer.writeheader()
            writer.writerows(rows)
        files.setdefault(kind, []).append(path)
    return files


def ingest(files: Mapping[str, Sequence[Path]], database: Path) -> None:
    """Load all files in the order of their names, as `warehouse ingest` does."""
    in_order = sorted((path.name, path, kind) for kind in files for path in files[kind])
    for number, (_, path, kind) in enumerate(in_order):
        ingest_file(path, kind, database=database, clock=loading_clock(number))


def fill_from(files: Mapping[str, Sequence[Path]]) -> Fill:
    """Fill a database with these files."""
    return lambda database: ingest(files, database)
