"""The live writer, and the database file that many share."""

import multiprocessing
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from multiprocessing.synchronize import Event as Signal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from producer.common.database import connection, create_raw_tables, transaction
from producer.common.database_path import DEFAULT_PATH, warehouse_path
from producer.common.duckdb_writer import DuckDBWriter
from producer.common.errors import InvalidEvent, LockNotHad, UnusableDatabase, UnusableInput
from producer.common.logger import get_logger
from tests.producer.conftest import NOW, at, fixed, rows_of, trade

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def writer(database: Path) -> DuckDBWriter:
    return DuckDBWriter(database, clock=fixed(NOW), source="test producer")


# ---------------------------------------------------------------- events


def test_a_cash_event_as_users_write_it(writer: DuckDBWriter, database: Path) -> None:
    event = {
        "event_id": "E1",
        "account_id": "ACC001",
        "amount": 1000.5,
        "type": "DEPOSIT",
        "timestamp": 1735812000000,
        "description": "first",
        "event_version": "1.0",
    }
    assert writer.write_cash(event).loaded == 1
    assert writer.write_cash(event).repeated == 1
    assert rows_of(
        database,
        "select event_id, amount, type, timestamp, event_version, version, ingested_at"
        " from raw_cash_events",
    ) == [("E1", Decimal("1000.5"), "DEPOSIT", at("2025-01-02T10:00"), "1.0", 1, NOW)]
    assert rows_of(database, "select distinct source from raw_batches") == [("test producer",)]


def test_values_of_python_types(writer: DuckDBWriter, database: Path) -> None:
    tokyo = timezone(timedelta(hours=9))
    writer.write_trades(
        [
            trade(quantity=Decimal("1E-8"), executed_at=datetime(2025, 1, 2, 19, tzinfo=tokyo)),
            trade(trade_id=2, quantity=0.1, executed_at=at("2025-01-02T10:00")),
            trade(trade_id="T3", quantity=3, executed_at=datetime(2025, 1, 2, 10, tzinfo=UTC)),
        ]
    )
    writer.write_prices([{"symbol": "A", "date": date(2025, 1, 2), "price": 1}])
    moment = at("2025-01-02T10:00")
    assert rows_of(
        database, "select trade_id, quantity, executed_at from raw_trades order by source_row"
    ) == [
        ("T1", Decimal("1E-8"), moment),
        ("2", Decimal("0.1"), moment),
        ("T3", Decimal(3), moment),
    ]
    assert rows_of(database, "select date, timestamp, close from raw_prices") == [
        (date(2025, 1, 2), None, Decimal(1))
    ]


def test_an_invalid_event_is_named_and_kept_and_the_others_are_written(
    writer: DuckDBWriter, database: Path
) -> None:
    with pytest.raises(ValueError, match=r"column side: side must be one of BUY, SELL") as caught:
        writer.write_trades([trade(), trade(trade_id="T2", side="HOLD")])

    assert isinstance(caught.value, InvalidEvent)
    assert "test producer: row 2, " in str(caught.value)
    assert rows_of(database, "select trade_id from raw_trades") == [("T1",)]
    assert rows_of(database, 'select file, "column" from raw_quarantine') == [
        ("test producer", "side")
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quantity": float("nan")}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"price": Decimal("Infinity")}, "price"),
        ({"executed_at": "soon"}, "executed_at"),
        ({"trade_id": None}, "trade_id"),
        ({"trade_id": ""}, "trade_id"),
        ({"side": ["BUY"]}, "side"),
    ],
)
def test_bad_values_name_their_field(
    writer: DuckDBWriter, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(ValueError, match=f"column {field}: {field} "):
        writer.write_trade(trade(**changes))


def test_a_lone_surrogate_is_written_as_what_can_be_written(
    writer: DuckDBWriter, database: Path
) -> None:
    writer.write_trade(trade(symbol="A\ud800"))
    assert rows_of(database, "select symbol from raw_trades") == [("A?",)]


def test_another_payload_is_invalid(writer: DuckDBWriter) -> None:
    writer.write_trade(trade())
    with pytest.raises(ValueError, match=r"conflicts with row 1 .*: another price"):
        writer.write_trade(trade(price="7"))


def test_an_empty_event_lacks_everything(writer: DuckDBWriter, database: Path) -> None:
    with pytest.raises(ValueError, match="trade_id is missing; account_id is missing"):
        writer.write_trade({})
    assert writer.write_trades([]).loaded == 0
    assert rows_of(database, "select count(*) from raw_trades") == [(0,)]


def test_a_table_is_written_in_bulk(writer: DuckDBWriter, database: Path) -> None:
    table = pa.Table.from_pylist([trade(), trade(trade_id="T2", side="?")])
    result = writer.write_table("trades", table, batch_id="mine")
    assert (result.loaded, result.quarantined, result.batch_id) == (1, 1, "mine")
    assert rows_of(database, "select batch_id, source_row from raw_trades") == [("mine", 1)]


def test_a_closed_writer_does_not_write(database: Path) -> None:
    with DuckDBWriter(database, clock=fixed(NOW)) as writer:
        writer.write_trade(trade())
    writer.close()
    with pytest.raises(ValueError, match="closed"):
        writer.write_trade(trade(trade_id="T2"))
    with pytest.raises(UnusableInput, match="unknown kind 'trade'"):
        DuckDBWriter(database).write("trade", [trade()])


def test_the_database_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WAREHOUSE_PATH", "below/here.duckdb")
    DuckDBWriter(clock=fixed(NOW)).write_trade(trade())
    assert (tmp_path / "below" / "here.duckdb").exists()
    monkeypatch.delenv("WAREHOUSE_PATH")
    assert warehouse_path() == DEFAULT_PATH
    assert DEFAULT_PATH.parts[-3:] == ("data", "warehouse", "portfolio.duckdb")


# ---------------------------------------------------------------- several at once


def write_numbered(database: Path, name: str, count: int) -> None:
    writer = DuckDBWriter(database, source=name)
    for number in range(count):
        writer.write_trade(trade(trade_id=f"{name}-{number}"))
        # Everybody writes this one: only one of them may get it in.
        writer.write_trade(trade(trade_id=f"shared-{number}"))


def assert_all_are_there_once(database: Path, writers: int, count: int) -> None:
    assert rows_of(database, "select count(*), count(distinct trade_id) from raw_trades") == [
        ((writers + 1) * count, (writers + 1) * count)
    ]
    assert rows_of(
        database, "select count(*), count(distinct batch_id), sum(repeated_count) from raw_batches"
    ) == [(2 * writers * count, 2 * writers * count, (writers - 1) * count)]


def test_writers_in_threads(database: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: write_numbered(database, f"thread{n}", 4), range(4)))
    assert_all_are_there_once(database, 4, 4)


def test_one_writer_shared_by_threads(database: Path) -> None:
    writer = DuckDBWriter(database, clock=fixed(NOW))
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(writer.write_trade, [trade()] * 8))
    assert sum(result.loaded for result in results) == 1
    assert len({result.batch_id for result in results}) == 8


def test_writers_in_processes(database: Path) -> None:
    processes = [
        SPAWN.Process(target=write_numbered, args=(database, f"process{n}", 5)) for n in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert_all_are_there_once(database, 2, 5)


# ---------------------------------------------------------------- the file


def hold(database: Path, is_held: Signal, release: Signal) -> None:
    with duckdb.connect(str(database)):
        is_held.set()
        release.wait(30)


@pytest.fixture
def held(database: Path) -> Any:
    """Another process holds the file until the signal is set."""
    database.parent.mkdir(parents=True)
    is_held, release = SPAWN.Event(), SPAWN.Event()
    process = SPAWN.Process(target=hold, args=(database, is_held, release))
    process.start()
    assert is_held.wait(30)
    yield release
    release.set()
    process.join(30)


def test_a_lock_that_is_not_had_in_time(held: Signal, database: Path) -> None:  # noqa: ARG001 - holds it
    start = time.monotonic()
    with (
        pytest.raises(
            LockNotHad, match=r"in use by another process for more than 0\.2 s"
        ) as caught,
        connection(database, wait_seconds=0.2),
    ):
        pass
    assert str(caught.value).startswith(str(database))
    assert caught.value.exit_code == 1
    assert time.monotonic() - start < 10


def test_a_lock_is_waited_for(held: Signal, database: Path) -> None:
    threading.Timer(0.5, held.set).start()
    assert DuckDBWriter(database, clock=fixed(NOW)).write_trade(trade()).loaded == 1


def make_text(path: Path) -> None:
    path.write_text("no database" * 1000, encoding="utf-8")


def make_truncated(path: Path) -> None:
    with duckdb.connect(str(path)) as con:
        con.execute("create table t as select * from range(100000)")
    path.write_bytes(path.read_bytes()[:20000])


@pytest.mark.parametrize("make", [Path.touch, make_text, make_truncated, Path.mkdir])
def test_what_is_no_database_is_said_at_once(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "it is.duckdb"
    make(path)
    start = time.monotonic()
    with pytest.raises(UnusableDatabase) as caught, connection(path):
        pass
    assert time.monotonic() - start < 5
    assert str(caught.value).startswith(f"{path}: cannot be opened as a DuckDB database")
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", ["main", "Temp", "system", "it's", 'a "b"', "a;b"])
def test_a_name_that_dbt_cannot_work_with_is_refused_before_anything_is_loaded(
    tmp_path: Path, name: str
) -> None:
    path = tmp_path / f"{name}.duckdb"
    with pytest.raises(UnusableDatabase, match="cannot have this name"), connection(path):
        pass
    assert not path.exists()


def test_a_warehouse_to_read_must_be_there(tmp_path: Path) -> None:
    with (
        pytest.raises(UnusableDatabase, match="there is no warehouse here"),
        connection(tmp_path / "no" / "w.duckdb", read_only=True),
    ):
        pass
    assert not (tmp_path / "no").exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UnusableDatabase), connection(tmp_path / "file" / "w.duckdb"):
        pass


def test_a_connection_is_in_utc(database: Path) -> None:
    with connection(database) as con:
        assert con.execute("select current_setting('TimeZone')").fetchone() == ("UTC",)


def test_a_connection_leaves_memory_to_others_and_spills_what_does_not_fit(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = "select parse_formatted_bytes(current_setting('memory_limit'))"
    with duckdb.connect() as con, connection(database) as ours:
        (theirs,), (default,) = con.execute(limit).fetchall()[0], ours.execute(limit).fetchall()[0]
    assert default == pytest.approx(theirs * 60 / 80, rel=0.02)

    spill = database.with_name(f"{database.name}.tmp")
    monkeypatch.setenv("WAREHOUSE_MEMORY_LIMIT", "64MB")
    with connection(database) as con:
        con.execute("set threads = 1")
        con.execute("create temp table wide as select hash(i) as h, i from range(10000000) r(i)")
        assert spill.is_dir()
    assert not spill.exists()


def test_a_memory_limit_that_is_no_size_is_refused(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_MEMORY_LIMIT", "lots'")
    with (
        pytest.raises(UnusableInput, match=r"\"lots'\" is no size; write for example 4GB"),
        connection(database),
    ):
        pass


def test_a_connection_is_closed_whatever_happens(database: Path) -> None:
    def fail() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError), connection(database) as con:
        fail()
    with pytest.raises(duckdb.ConnectionException):
        con.execute("select 1")


def test_threads_hold_connections_side_by_side(database: Path) -> None:
    with connection(database) as one, connection(database) as other:
        create_raw_tables(one)
        assert other.execute("select count(*) from raw_trades").fetchone() == (0,)


def test_a_reader_waits_for_a_writer_of_its_own_process(database: Path) -> None:
    with connection(database) as con:
        create_raw_tables(con)
        with (
            pytest.raises(LockNotHad),
            connection(database, read_only=True, wait_seconds=0.1),
        ):
            pass
    with connection(database, read_only=True) as con:
        assert con.execute("select count(*) from raw_trades").fetchone() == (0,)


def test_transactions_of_threads_take_turns(database: Path) -> None:
    with connection(database) as con, connection(database) as other:
        entered = threading.Event()

        def enter() -> None:
            with transaction(other):
                entered.set()

        with transaction(con):
            thread = threading.Thread(target=enter)
            thread.start()
            assert not entered.wait(0.2)
        thread.join(10)
        assert entered.is_set()


def test_a_logger_writes_utc_lines_to_stderr(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_LEVEL", "warning")
    logger = get_logger("tests.quiet")
    logger.info("not shown")
    get_logger("tests.quiet").warning("seen")
    monkeypatch.setenv("LOG_LEVEL", "nonsense")
    get_logger("tests.typo").info("seen too")

    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == [
        "WARNING tests.quiet: seen",
        "INFO tests.typo: seen too",
    ]
    written = datetime.strptime(lines[0].split(" ")[0], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    assert abs(written - datetime.now(UTC)) < timedelta(minutes=1)
