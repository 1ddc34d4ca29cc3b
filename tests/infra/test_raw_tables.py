"""The raw tables and seeds that dbt makes are those that Python makes."""

from pathlib import Path

import duckdb
import pytest

from infra.init.initialising import initialise
from infra.orchestration.dbt_run import run_dbt_once
from producer.common import database as databases

COLUMNS = (
    "select table_name, column_name, data_type, is_nullable from information_schema.columns"
    " where table_schema = 'main' and table_name like 'raw%' order by table_name, ordinal_position"
)


@pytest.mark.parametrize("older", ["", "create table raw_trades as select 'T1' as trade_id"])
def test_dbt_makes_the_tables_that_python_makes(tmp_path: Path, older: str) -> None:
    by_dbt, by_python = tmp_path / "dbt.duckdb", tmp_path / "python.duckdb"
    for path in (by_dbt, by_python):
        with duckdb.connect(str(path)) as connection:
            connection.execute(older)
    run_dbt_once(["run", "--select", "stg_accounts"], database=by_dbt)
    with databases.connection(by_python) as connection:
        databases.create_raw_tables(connection)
        expected = connection.execute(COLUMNS).fetchall()
    with duckdb.connect(str(by_dbt)) as connection:
        assert connection.execute(COLUMNS).fetchall() == expected
        if older:
            row = "select event_type, version, fees::integer from raw_trades"
            assert connection.execute(row).fetchall() == [("NEW", 1, 0)]


def test_dbt_loads_the_seeds_that_python_loads(tmp_path: Path) -> None:
    by_dbt, by_python = tmp_path / "dbt.duckdb", tmp_path / "python.duckdb"
    run_dbt_once(["seed"], database=by_dbt)
    initialise(by_python)
    expected, loaded = seeds(by_dbt), seeds(by_python)
    assert loaded == expected
    assert any(rows for _, _, rows in expected.values())


def seeds(path: Path) -> dict[str, tuple[list[str], list[str], list[tuple[object, ...]]]]:
    """Columns, types and rows of every seed."""
    with duckdb.connect(str(path)) as connection:
        names = connection.execute(
            "select table_name from duckdb_tables() where schema_name = 'main_seeds'"
        ).fetchall()
        tables = {name: connection.sql(f"from main_seeds.{name} order by all") for (name,) in names}
        return {
            name: (rows.columns, [str(each) for each in rows.types], rows.fetchall())
            for name, rows in tables.items()
        }
