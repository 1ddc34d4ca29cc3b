"""What `warehouse status` says of a warehouse, and of what is none yet."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from infra.orchestration import build_log
from infra.reading.status import QuarantineReason, status
from producer.common import database as databases
from producer.records import KINDS
from tests.infra.conftest import Call, Hold
from tests.infra.handmade import publish

PassedBuild = Callable[[int], None]
TradesFile = Callable[..., Path]


def test_where_there_is_nothing_it_says_how_to_begin(call: Call, database: Path) -> None:
    called = call("status")
    assert (called.code, called.err) == (0, "")
    assert called.out.splitlines() == [
        f"database   {database}",
        "note       there is no database yet: `warehouse init` makes one",
        "published  nothing yet",
    ]
    assert not database.parent.exists()


def test_an_empty_warehouse_has_every_raw_table_and_no_rows(call: Call, database: Path) -> None:
    with databases.connection(database) as connection:
        databases.create_raw_tables(connection)
    lines = call("status").out.splitlines()
    assert lines[1:3] == ["published  nothing yet", "last build none yet"]
    listed = dict(line.split() for line in lines if line.startswith("raw_"))
    assert listed == {record.TABLE: "0" for record in KINDS.values()}
    assert lines[-1] == "quarantine is empty"


def test_it_shows_rows_freshness_the_build_and_the_versions(
    call: Call,
    database: Path,
    passed_build: PassedBuild,
    trades_file: TradesFile,
) -> None:
    passed_build(1)
    assert call("ingest", "trades", trades_file("a.csv", T1=1, T2=2)).code == 0
    earlier = publish(database)
    current = publish(database)

    found = status(database)
    assert found.contents is not None
    trades = next(t for t in found.contents.raw_tables if t.name == "raw_trades")
    assert (trades.row_count, trades.last_event_at) == (2, datetime(2025, 1, 2, 15))  # noqa: DTZ001 - naive UTC
    assert trades.last_load_at is not None

    lines = call("status").out.splitlines()
    assert lines[:4] == [
        f"database   {database}",
        f"published  {current}",
        f"also kept  {earlier}",
        "last build passed at 2026-01-02 00:00:00 UTC; tests passed: 2, warned: 0, failed: 0",
    ]
    (line,) = [line for line in lines if line.startswith("raw_trades ")]
    assert line.split()[1:4] == ["2", "2025-01-02", "15:00:00"]


def test_quarantine_is_grouped_by_what_is_wrong(
    call: Call, database: Path, tmp_path: Path, trades_file: TradesFile
) -> None:
    assert call("ingest", "trades", trades_file("a.csv", T1=-1, T2=-2, T3="many", T4=4)).code == 3
    prices = tmp_path / "prices.csv"
    prices.write_text("symbol,date,close\nAAPL,2025-01-02,1\nAAPL,someday,2\n")
    assert call("ingest", "prices", prices).code == 3

    found = status(database)
    assert found.contents is not None
    first, second = found.contents.quarantine
    assert first == QuarantineReason(
        "trades", "quantity", 3, "quantity is not a number, got 'many'"
    )
    assert (second.kind, second.column, second.row_count) == ("prices", "date", 1)
    assert "'someday'" in second.example
    shown = call("status").out
    assert "quarantine is empty" not in shown
    assert "quantity is not a number, got 'many'" in shown


def test_a_failed_build_of_a_part_and_one_that_never_ended_are_named(
    call: Call, database: Path
) -> None:
    with databases.connection(database) as connection:
        connection.execute(build_log.CREATE)
        connection.execute(build_log.START, ["1", "2026-01-01", "doubled"])
        connection.execute(
            build_log.FINISH, ["2026-01-01 00:01:00", "failed", 1, 2, 3, 4, "test law failed", "1"]
        )
    lines = call("status").out.splitlines()
    assert lines[2].startswith("last build failed at 2026-01-01 00:01:00 UTC, of doubled only; ")
    assert lines[2].endswith("; tests passed: 2, warned: 3, failed: 4")
    assert lines[3] == "test law failed"
    with databases.connection(database) as connection:
        connection.execute(build_log.START, ["2", "2026-01-02", None])
    lines = call("status").out.splitlines()
    assert lines[2] == "last build began 2026-01-02 00:00:00 UTC and has not finished"


def test_while_another_process_holds_the_database_the_published_one_is_shown(
    call: Call, database: Path, hold: Hold, passed_build: PassedBuild
) -> None:
    passed_build(1)
    with hold(database):
        called = call("status")
        assert called.code == 0
        assert "another process holds the database, and nothing is published yet" in called.out
    publish(database)
    with hold(database):
        called = call("status")
        assert called.code == 0
        assert "another process holds the database: this is what is published" in called.out
        assert "last build passed" in called.out


def test_booking_exceptions_are_counted_by_reason_and_the_call_that_lists_them_is_named(
    call: Call, database: Path, passed_build: PassedBuild
) -> None:
    passed_build(1)
    with databases.connection(database) as connection:
        connection.execute("create schema main_facts")
        connection.execute(
            "create table main_facts.fact_booking_exceptions as from (values"
            " ('trade', 'T2', 'price far off', true), ('trade', 'T1', 'price far off', true),"
            " ('price', 'P', 'another currency', false))"
            " as t (record_type, record_id, reason, is_booked)"
        )
    lines = call("status").out.splitlines()
    assert [line.split() for line in lines[-3:-1]] == [
        ["price", "another", "currency", "no", "1", "P"],
        ["trade", "price", "far", "off", "yes", "2", "T1"],
    ]
    assert lines[-5].startswith("booking exceptions  reason")
    assert lines[-1] == (
        "they are listed once a build is published by:"
        ' warehouse query "select * from main_facts.fact_booking_exceptions"'
    )
    publish(database)
    assert call("status").out.splitlines()[-1] == (
        'they are listed by: warehouse query "select * from main_facts.fact_booking_exceptions"'
    )
