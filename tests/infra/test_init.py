"""Making a database ready, and bringing an older one up to date."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from infra.init.initialising import initialise
from producer.common import database as databases
from producer.records.tables import raw_tables
from tests.infra.conftest import Call

ROOT = Path(__file__).parents[2]

# A raw table as it might have been before it had versions, origins and batches.
OLDER = """
create table main.raw_trades (
    trade_id varchar not null, account_id varchar, symbol varchar, side varchar,
    quantity decimal(28, 8), price decimal(28, 10), executed_at timestamp,
    ingested_at timestamp not null
);
insert into main.raw_trades values
    ('T1', 'ACC001', 'AAPL', 'BUY', 10, 187.15, timestamp '2024-01-02 15:00:00', now()::timestamp),
    ('T2', 'ACC001', 'AAPL', 'SELL', 4, 188.20, timestamp '2024-01-03 15:00:00', now()::timestamp);
create table main.my_own (word varchar);
insert into main.my_own values ('kept');
"""


def contents(path: Path) -> dict[str, tuple[list[str], list[Any]]]:
    """Every table and view with its columns and its rows."""
    with databases.connection(path, read_only=True) as connection:
        names = connection.execute(
            "select table_schema || '.' || table_name from information_schema.tables"
        ).fetchall()
        relations = {name: connection.sql(f"from {name} order by all") for (name,) in names}
        return {name: (rows.columns, rows.fetchall()) for name, rows in relations.items()}


def test_doing_it_again_changes_nothing(
    call: Call, database: Path, trades_file: Callable[..., Path]
) -> None:
    initialise(database)
    assert {f"main.{table}" for table in raw_tables()} <= set(contents(database))
    assert call("ingest", "trades", trades_file("a.csv", T1=1, T2=-2)).code == 3
    before = contents(database)
    assert len(before["main.raw_trades"][1]) == len(before["main.raw_quarantine"][1]) == 1
    initialise(database)
    assert contents(database) == before


def test_an_older_file_is_brought_up_to_date_with_its_rows_kept(
    call: Call, database: Path, trades_file: Callable[..., Path]
) -> None:
    database.parent.mkdir(parents=True)
    with duckdb.connect(database) as connection:
        connection.execute(OLDER)
        before = connection.sql("from main.raw_trades order by trade_id").fetchall()
    initialise(database)
    with databases.connection(database, read_only=True) as connection:
        for table in raw_tables().values():
            columns = connection.sql(f"from main.{table.name}").columns
            assert set(columns) == set(table.columns)
        kept = connection.execute(
            "select trade_id, account_id, symbol, side, quantity, price, executed_at, ingested_at"
            " from main.raw_trades order by trade_id"
        )
        assert kept.fetchall() == before
        added = connection.execute(
            "select distinct event_type, version, fees, batch_id from main.raw_trades"
        )
        assert added.fetchall() == [("NEW", 1, 0, None)]
        assert connection.execute("from main.my_own").fetchall() == [("kept",)]
    assert call("ingest", "trades", trades_file("a.csv", T3=3)).code == 0


def test_the_script_is_the_command(call: Call, database: Path, tmp_path: Path) -> None:
    """From another folder, with the real project, on an older file."""
    database.parent.mkdir(parents=True)
    with duckdb.connect(database) as connection:
        connection.execute(OLDER)
    script = [sys.executable, str(ROOT / "infra" / "init" / "init_warehouse.py")]
    scripted = subprocess.run(  # noqa: S603 - our own program
        script, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (scripted.returncode, scripted.stderr) == (0, "")
    assert scripted.stdout.splitlines()[-1] == f"{database} is ready"

    found = contents(database)
    assert len(found["main.raw_trades"][1]) == 2
    assert len(found["main_seeds.scenarios"][1]) > 0
    called = call("init")
    assert (called.code, called.err) == (0, "")
    assert called.out.splitlines()[-1] == scripted.stdout.splitlines()[-1]
    assert contents(database) == found

    surplus = subprocess.run([*script, "surplus"], capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    assert surplus.returncode == 2
