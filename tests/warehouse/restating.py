"""Builds databases step by step, delivery by delivery, and compares all their tables."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import yaml

from infra.orchestration.dbt_run import Outcome, run_dbt
from infra.orchestration.paths import DBT_PROJECT
from producer.files import ingest_file
from tests.warehouse.building import (
    BUILT_LAYERS,
    NO_ARTIFACTS,
    Load,
    loading_clock,
    write_files,
)

WORK_FILES = shutil.ignore_patterns("target", "logs", "__pycache__")
SHOWN = 5

MONEY = ("_amount", "_value", "_pnl", "_balance", "_basis", "_flow", "fees", "interest")
MONEY_TOO = ("unexplained", "dividends", "realized_pnl_to_date", "unrealized_pnl_change")
"""Endings of columns that are sums of money: a part of a cent is nothing there."""

NAMING = ("_id", "_date", "_type", "symbol", "method", "_pct", "currency")
"""Endings of exact columns that say which row it is."""


# ------------------------------------------------------------------ building


@dataclass(frozen=True)
class File:
    """A file of raw rows, numbered in the order of loading."""

    number: int
    kind: str
    path: Path


def write_deliveries(deliveries: Iterable[Sequence[Load]], folder: Path) -> list[list[File]]:
    """Write each delivery as CSV files; the numbers run on from one to the next."""
    written: list[list[File]] = []
    number = 0
    for place, loads in enumerate(deliveries):
        files = write_files(loads, folder / f"delivery_{place}")
        in_order = sorted((path.name, path, kind) for kind in files for path in files[kind])
        written.append(
            [File(number + count, kind, path) for count, (_, path, kind) in enumerate(in_order)]
        )
        number += len(in_order)
    return written


def deliver(database: Path, files: Iterable[File]) -> None:
    """Load files as `warehouse ingest` does; each a second after the one before."""
    for file in files:
        ingest_file(file.path, file.kind, database=database, clock=loading_clock(file.number))


def project_without_tests(
    folder: Path,
    *,
    tests: Mapping[str, str] | None = None,
    before_model: Mapping[str, str] | None = None,
) -> Path:
    """A copy of the dbt project whose `dbt build` runs no tests, so that it ends in seconds.

    Args:
        folder: Where to put it.
        tests: SQL of singular tests that it runs all the same, by name.
        before_model: SQL that is run before a model of the metrics, by the model's name.
    """
    project = Path(shutil.copytree(DBT_PROJECT, folder / "dbt", ignore=WORK_FILES))
    settings_file = project / "dbt_project.yml"
    settings = yaml.safe_load(settings_file.read_text(encoding="utf-8"))
    settings |= {"data_tests": {"+enabled": False}, "unit_tests": {"+enabled": False}}
    metrics = settings["models"][settings["name"]]["metrics"]
    for name, sql in (before_model or {}).items():
        domain = next((project / "models" / "metrics").rglob(f"{name}.sql")).parent.name
        metrics.setdefault(domain, {})[name] = {"+pre-hook": sql}
    settings_file.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    for name, sql in (tests or {}).items():
        text = "{{ config(enabled=true) }}\n" + sql
        (project / "tests" / "singular" / f"{name}.sql").write_text(text, encoding="utf-8")
    return project


class Bench:
    """Builds databases in turn at one path, so that dbt parses a project once."""

    def __init__(self, folder: Path) -> None:
        """Set up in a new folder."""
        self.path = folder / "portfolio.duckdb"
        folder.mkdir(parents=True)

    def build(self, database: Path, project: Path, *command: str) -> Outcome:
        """Run dbt on a database.

        Args:
            database: The database; it stays where it is.
            project: The dbt project.
            command: What dbt is to do; nothing said: `dbt build`, as users call it.
        """
        shutil.move(database, self.path)
        try:
            arguments = [*(command or ("build",)), *NO_ARTIFACTS]
            with run_dbt(arguments, database=self.path, project=project) as run:
                outcome = run.outcome
        finally:
            shutil.move(self.path, database)
        assert outcome.error is None, outcome.error
        return outcome

    def built(self, database: Path, project: Path, *command: str) -> Outcome:
        """Run dbt on a database and insist that all of it passes."""
        outcome = self.build(database, project, *command)
        broken = [f"{node.name}: {node.message}" for node in outcome.nodes if node.has_failed]
        assert not broken, "\n".join(broken)
        return outcome


# ------------------------------------------------------------------ comparing


@dataclass(frozen=True)
class TableComparison:
    """How a table of one database differs from that of another."""

    table: str
    rows: int
    is_identical: bool
    """Equal to the last bit of each double."""
    largest: float = 0
    """Largest difference between two doubles of one row."""
    differing: int = 0
    """Rows that differ by more than doubles may, or stand on one side only."""
    examples: tuple[str, ...] = ()

    def line(self) -> str:
        """For a person."""
        likeness = "bit-identical" if self.is_identical else f"doubles within {self.largest:.2g}"
        rest = f"; {self.differing:,} DIFFERING ROWS" if self.differing else ""
        return f"{self.table}: {self.rows:,} rows, {likeness}{rest}"


def compare_databases(
    left: Path, right: Path, *, ignored: Sequence[str] = (), only: Sequence[str] = ()
) -> list[TableComparison]:
    """Compare all dimensions, facts and metrics of two databases.

    Rows are paired by all columns that are no doubles, so these are compared exactly and no key has
    to be known; doubles may differ by 1e-9 relative (and money by 1e-6).

    Args:
        left: One database, such as one that was built in steps.
        right: The other, such as one that was built at once.
        ignored: Columns left out.
        only: Tables compared; none: all.
    """
    with (
        duckdb.connect(str(left), read_only=True) as left_database,
        duckdb.connect(str(right), read_only=True) as right_database,
    ):
        tables = _tables(left_database)
        assert tables == _tables(right_database), "not the same tables and columns"
        return [
            _compare(
                table,
                [name for name in columns if name not in ignored],
                left_database,
                right_database,
            )
            for table, columns in tables.items()
            if not only or table in only
        ]


def assert_no_differing_rows(comparisons: Sequence[TableComparison]) -> None:
    """Print how each table compares, and fail if any row differs."""
    assert comparisons
    lines = [comparison.line() for comparison in comparisons]
    print("\n".join(lines))  # noqa: T201 - shown by pytest -rP
    broken = [each for each in comparisons if each.differing]
    assert not broken, "\n".join(line for each in broken for line in (each.line(), *each.examples))


def _tables(database: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    layers = ", ".join(f"'main_{layer}'" for layer in BUILT_LAYERS)
    rows = database.execute(f"""
        select table_schema || '.' || table_name, list(column_name order by column_name)
        from information_schema.columns where table_schema in ({layers}) group by all order by all
    """).fetchall()  # noqa: S608 - fixed names
    return dict(rows)


def _compare(
    table: str,
    columns: Sequence[str],
    left: duckdb.DuckDBPyConnection,
    right: duckdb.DuckDBPyConnection,
) -> TableComparison:
    listed = ", ".join(f'"{name}"' for name in columns)
    query = f"select {listed} from {table}"  # noqa: S608 - the project's own names
    with duckdb.connect() as memory:
        for side, database in (("left_rows", left), ("right_rows", right)):
            arrow: pa.Table = database.execute(query).to_arrow_table()
            memory.register("arrow", arrow)
            memory.execute(f"create table {side} as select * from arrow")  # noqa: S608 - two names
        ((rows,),) = memory.execute("select count(*) from right_rows").fetchall()
        ((unequal,),) = memory.execute("""
            select
                (select count(*) from (from left_rows except all from right_rows))
                + (select count(*) from (from right_rows except all from left_rows))
        """).fetchall()
        if not unequal:
            return TableComparison(table, rows, is_identical=True)
        return _compare_loosely(table, rows, memory)


def _compare_loosely(table: str, rows: int, memory: duckdb.DuckDBPyConnection) -> TableComparison:
    types = {name: kind for name, kind, *_ in memory.execute("describe left_rows").fetchall()}
    doubles = {name: kind for name, kind in types.items() if kind.startswith("DOUBLE")}
    exact = [name for name in types if name not in doubles]
    key = ", ".join(f'"{name}"' for name in exact)
    order = ", ".join(f'"{name}"' for name in doubles) or "1"
    same_key = " and ".join(f'l."{name}" is not distinct from r."{name}"' for name in exact)
    wrong = " or ".join(_beyond(name, kind) for name, kind in doubles.items()) or "false"
    largest = ", ".join(_difference(name, kind) for name, kind in doubles.items()) or "0"
    words = ", ".join(_in_words(name, kind) for name, kind in doubles.items()) or "''"
    names = ", ".join(f'l."{name}"' for name in exact if name.endswith(NAMING))
    memory.execute(f"""
        create table paired as
        select
            l.place is null or r.place is null or ({wrong}) as is_differing,
            greatest(0, {largest}) as difference,
            case
                when l.place is null then 'is missing: ' || r.row_text
                when r.place is null then 'is too much: ' || l.row_text
                else concat_ws(', ', {names or "''"}, {words})
            end as example
        from ({_numbered("left_rows", key, order)}) as l
        full join ({_numbered("right_rows", key, order)}) as r
            on l.place = r.place and {same_key}
    """)  # noqa: S608 - the project's own names
    ((differing, difference),) = memory.execute("""
        select count(*) filter (where is_differing), max(difference) filter (where not is_differing)
        from paired
    """).fetchall()
    examples = memory.execute(
        "select example from paired where is_differing order by example limit ?", [SHOWN]
    ).fetchall()
    return TableComparison(
        table,
        rows,
        is_identical=False,
        largest=difference or 0,
        differing=differing,
        examples=tuple(f"    {example}" for (example,) in examples),
    )


def _numbered(relation: str, key: str, order: str) -> str:
    """Rows that are alike but for their doubles are paired in the order of these."""
    return f"""
        select *, each::varchar as row_text,
            row_number() over (partition by {key} order by {order}) as place
        from {relation} as each
    """  # noqa: S608 - the project's own names


def _difference(name: str, kind: str) -> str:
    """SQL: how far two doubles, or two lists of them, are apart."""
    left, right = f'l."{name}"', f'r."{name}"'
    if kind == "DOUBLE[]":
        apart = f"list_transform(list_zip({left}, {right}), lambda pair : abs(pair[1] - pair[2]))"
        return f"coalesce(list_max({apart}), 0)"
    return f"coalesce(abs({left} - {right}), 0)"


def _beyond(name: str, kind: str) -> str:
    """SQL: two doubles, or two lists of them, differ by more than they may."""
    left, right = f'l."{name}"', f'r."{name}"'
    least = 1e-6 if name.endswith(MONEY) or name in MONEY_TOO else 1e-12
    size = f"abs({right})"
    is_comparable = f"{left} is not null and {right} is not null"
    if kind == "DOUBLE[]":
        size = f"list_max(list_transform({right}, lambda each : abs(each)))"
        is_comparable = f"len({left}) = len({right})"
    return (
        f"({left} is distinct from {right} and not coalesce("
        f"{is_comparable} and {_difference(name, kind)} <= 1e-9 * {size} + {least}, false))"
    )


def _in_words(name: str, kind: str) -> str:
    """SQL: what differs, if it does."""
    left, right = f'l."{name}"::varchar', f'r."{name}"::varchar'
    return (
        f"case when {_beyond(name, kind)} then concat('{name}: ', {left}, ' and not ', {right}) end"
    )
