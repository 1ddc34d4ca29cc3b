"""Live producers leave plausible rows, share the warehouse, and stop when they are asked to."""

import itertools
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from producer import cash_producer
from producer.cash_producer import CashProducer
from producer.common.duckdb_writer import DuckDBWriter
from producer.common.errors import LockNotHad
from producer.price_producer import PriceProducer
from producer.simulation import known, live, read_world
from producer.simulation.live import LiveProducer
from producer.trade_producer import TradeProducer

ROOT = Path(__file__).parents[2]
PRODUCERS: list[type[LiveProducer]] = [TradeProducer, PriceProducer, CashProducer]
START_PRICES = {listing.symbol: listing.start_price for listing in read_world().instruments}
TABLES = ["raw_trades", "raw_prices", "raw_cash_events"]
START = datetime.fromisoformat("2026-03-02T15:00")


class Hours:
    """A clock, a timer and a way to sleep, all of one time that only sleeping moves."""

    def __init__(self) -> None:
        """Start at 0 seconds."""
        self.seconds = 0.0

    def clock(self) -> datetime:
        """The time (UTC)."""
        return START + timedelta(seconds=self.seconds)

    def timer(self) -> float:
        """Seconds."""
        return self.seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass at once."""
        self.seconds += seconds


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "warehouse.duckdb"
    monkeypatch.setenv("WAREHOUSE_PATH", str(path))
    return path


def at_once(producer: type[LiveProducer], **arguments: Any) -> LiveProducer:
    """A producer with a fixed seed that does not really wait."""
    hours = Hours()
    usual: dict[str, Any] = {
        "clock": hours.clock,
        "sleep": hours.sleep,
        "timer": hours.timer,
        "seed": 1,
        "interval": 1.0,
    }
    return producer(**usual | arguments)


def rows(path: Path, statement: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(path, read_only=True) as con:
        return con.execute(statement).fetchall()


def count(path: Path, table: str) -> int:
    (row,) = rows(path, f"select count(*) from {table}")  # noqa: S608
    return int(row[0])


# ---------------------------------------------------------------- what they write
@pytest.mark.parametrize(("producer", "table"), list(zip(PRODUCERS, TABLES, strict=True)))
def test_run_returns_the_rows_it_left(
    warehouse: Path, producer: type[LiveProducer], table: str
) -> None:
    assert at_once(producer).run(duration=3) == count(warehouse, table) >= 3
    assert count(warehouse, "raw_quarantine") == 0


@pytest.mark.parametrize(("producer", "table"), list(zip(PRODUCERS, TABLES, strict=True)))
def test_a_run_shorter_than_one_interval_leaves_a_row(
    warehouse: Path, producer: type[LiveProducer], table: str
) -> None:
    assert at_once(producer, interval=60).run(duration=0.01) == count(warehouse, table) > 0


def test_a_run_ticks_once_an_interval(warehouse: Path) -> None:
    assert at_once(TradeProducer, interval=10).run(duration=60) == 6
    times = [row[0] for row in rows(warehouse, "select executed_at from raw_trades order by 1")]
    gaps = [(later - sooner).total_seconds() for sooner, later in itertools.pairwise(times)]
    assert gaps == pytest.approx([10] * 5, abs=0.001)


def test_prices_walk_on_from_the_last_known_price(warehouse: Path) -> None:
    writer = DuckDBWriter(clock=Hours().clock)
    writer.write_prices(
        [
            {"symbol": "AAPL", "date": "2026-02-26", "close": 900},
            {"symbol": "AAPL", "date": "2026-02-27", "close": 1000},
            {"symbol": "AAPL", "timestamp": "2026-02-27T15:00", "close": 800},
        ]
    )
    at_once(PriceProducer).run(duration=3)
    closes = rows(
        warehouse,
        "select symbol, close::double, bid < close and close < ask from raw_prices"
        ' where "timestamp" >= \'2026-03-02\' order by "timestamp"',
    )
    assert {symbol for symbol, _, _ in closes} == set(START_PRICES)
    for symbol, close, is_between in closes:
        known = 1000 if symbol == "AAPL" else START_PRICES[symbol]
        assert close == pytest.approx(known, rel=0.01)
        assert close != known
        assert is_between


def test_trades_are_near_the_latest_price(warehouse: Path) -> None:
    DuckDBWriter().write_price({"symbol": "V", "timestamp": "2026-02-27T15:00", "close": 500})
    at_once(TradeProducer, symbols=["V"], accounts=["ACC002"]).run(duration=4)
    for account, symbol, side, quantity, price, fees in rows(
        warehouse, "select account_id, symbol, side, quantity, price, fees from raw_trades"
    ):
        assert (account, symbol) == ("ACC002", "V")
        assert side in ("BUY", "SELL")
        assert 1 <= quantity <= 50
        assert float(price) == pytest.approx(500, rel=0.01)
        assert fees == Decimal(1)


def test_cash_starts_with_the_initial_capital_once(
    warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    DuckDBWriter().write_cash(
        {
            "event_id": "mine",
            "account_id": "ACC001",
            "amount": 5,
            "type": "DEPOSIT",
            "timestamp": "2026-02-27T15:00",
        }
    )
    initial = "select account_id, amount from raw_cash_events where amount >= 100000 order by 1"
    at_once(CashProducer).run(duration=1)
    assert rows(warehouse, initial) == [("ACC002", 100_000), ("ACC003", 100_000)]

    # A producer that starts in the same moment has seen no cash yet either.
    monkeypatch.setattr(cash_producer, "accounts_without_cash", lambda *_: ["ACC002", "ACC003"])
    at_once(CashProducer).run(duration=1)
    assert len(rows(warehouse, initial)) == 2
    assert count(warehouse, "raw_quarantine") == 0


def test_what_the_warehouse_knows_of_a_symbol_or_account_is_left_alone(warehouse: Path) -> None:
    writer = DuckDBWriter()
    writer.write("instruments", [{"symbol": "AAPL", "sector": "Fruit"}])
    writer.write("accounts", [{"account_id": "ACC001", "desk": "mine"}])
    at_once(TradeProducer).run(duration=1)
    assert count(warehouse, "raw_instruments") == len(START_PRICES)
    assert count(warehouse, "raw_accounts") == 3
    assert rows(warehouse, "select sector from raw_instruments where symbol = 'AAPL'") == [
        ("Fruit",)
    ]
    assert rows(warehouse, "select desk from raw_accounts where account_id = 'ACC001'") == [
        ("mine",)
    ]


def test_producers_live_in_the_world_they_are_given(warehouse: Path) -> None:
    world = read_world(accounts=2, symbols=12, currency="EUR", initial_capital=5_000, seed=7)
    for producer in PRODUCERS:
        at_once(producer, world=world).run(duration=1)
    assert count(warehouse, "raw_instruments") == 12
    assert rows(warehouse, "select account_id, owner is not null from raw_accounts order by 1") == [
        ("ACC001", True),
        ("ACC002", True),
    ]
    assert rows(warehouse, "select distinct amount from raw_cash_events where amount > 500") == [
        (5_000,)
    ]
    for table in ("raw_trades", "raw_prices"):
        assert rows(warehouse, f"select distinct currency from {table}") == [("EUR",)]  # noqa: S608


def test_one_seed_decides_what_happens_but_no_id(tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        path = tmp_path / f"{name}.duckdb"
        at_once(TradeProducer, path=path).run(duration=3)
        written.append(
            rows(
                path,
                "select trade_id, * exclude (trade_id, event_id) from raw_trades"
                " order by executed_at",
            )
        )
    assert [row[1:] for row in written[0]] == [row[1:] for row in written[1]]
    assert not {row[0] for row in written[0]} & {row[0] for row in written[1]}


@pytest.mark.parametrize("arguments", [{"interval": 0}, {"symbols": []}, {"accounts": []}])
def test_an_argument_without_sense_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(arguments))):
        TradeProducer(**arguments)


# ---------------------------------------------------------------- side by side
def test_the_demo_of_the_users_guide(warehouse: Path) -> None:
    """From the producers' own folder, two producers in threads after three deposits."""
    code = """
import threading, time
from cash_producer import CashProducer
from price_producer import PriceProducer
from trade_producer import TradeProducer

cash = CashProducer()
for number in (1, 2, 3):
    cash.writer.write_cash({
        "event_id": f"deposit-{number}", "account_id": f"ACC00{number}", "amount": 100000.0,
        "type": "DEPOSIT", "timestamp": int(time.time() * 1000),
        "description": "Initial deposit", "event_version": "1.0",
    })
cash.writer.close()
threads = [
    threading.Thread(target=producer.run, kwargs={"duration": 2})
    for producer in (TradeProducer(), PriceProducer())
]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""
    subprocess.run([sys.executable, "-c", code], cwd=ROOT / "producer", check=True)  # noqa: S603
    assert count(warehouse, "raw_cash_events") == 3
    assert count(warehouse, "raw_trades") > 0
    assert count(warehouse, "raw_prices") >= len(START_PRICES)
    assert count(warehouse, "raw_quarantine") == 0


def test_all_three_run_in_threads_and_lose_nothing(warehouse: Path) -> None:
    written: dict[str, int] = {}

    def run(producer: type[LiveProducer]) -> None:
        written[producer.NAME] = producer(interval=0.1).run(duration=1.5)

    threads = [threading.Thread(target=run, args=[producer]) for producer in PRODUCERS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for producer, table in zip(PRODUCERS, TABLES, strict=True):
        assert count(warehouse, table) == written[producer.NAME] > 0


# ---------------------------------------------------------------- to an end
@pytest.mark.parametrize("stopped_by", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without asking it")
def test_a_script_runs_until_it_is_stopped(warehouse: Path, stopped_by: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "trade_producer.py"],
        cwd=ROOT / "producer",
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert "running until stopped" in process.stderr.readline()
        # Two runs end at different moments: in the midst of a tick, and between ticks.
        time.sleep(0.3 if stopped_by == signal.SIGTERM else 1)
        process.send_signal(stopped_by)
        rest = process.stderr.read()
    assert process.returncode == 0
    assert "events written" in rest
    assert "Traceback" not in rest
    assert count(warehouse, "raw_trades") >= 1


def test_stop_ends_a_run_in_a_thread(warehouse: Path) -> None:
    producer = TradeProducer(interval=60)
    thread = threading.Thread(target=producer.run)
    thread.start()
    until(warehouse.exists)
    producer.stop()
    thread.join(timeout=5)
    assert not thread.is_alive()
    assert count(warehouse, "raw_trades") == 1


def test_a_run_leaves_the_handlers_of_signals_as_they_were(warehouse: Path) -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    at_once(TradeProducer).run(duration=1)
    assert warehouse.exists()
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


def test_a_script_says_what_is_wrong_without_a_traceback(
    warehouse: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse.write_text("no database, but long enough not to be taken for an empty file" * 100)
    assert live.run_as_script(TradeProducer) == 2

    def locked(_: Path) -> None:
        raise LockNotHad("in use")

    monkeypatch.setattr(known, "prepare", locked)
    assert live.run_as_script(TradeProducer) == 1


def until(is_so: Callable[[], bool]) -> None:
    """Wait for something, five seconds at most."""
    deadline = time.monotonic() + 5
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.02)
