"""A simulated world is reproducible, plausible, and knows nothing of its own future."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from producer.common.calendar import trading_days
from producer.common.duckdb_writer import DuckDBWriter
from producer.records import KINDS as RECORDS
from producer.records.contract import SqlType
from producer.simulation import (
    KINDS,
    World,
    WorldConfig,
    WorldConfigError,
    read_world,
    simulate,
    write_world,
)
from producer.simulation import world as world_module
from producer.simulation.agents import Fills, signals_of, trade
from producer.simulation.catalogue import Catalogue
from producer.simulation.config import Style
from producer.simulation.market import Floats, Market, simulate_market
from producer.simulation.tables import decimals

NOW = datetime.fromisoformat("2026-03-02T12:00")
SMALL = read_world(start=date(2024, 1, 2), end=date(2024, 6, 28), accounts=4, symbols=12)


def simulated(config: WorldConfig) -> World:
    return simulate(config, clock=lambda: NOW)


@pytest.fixture(scope="module")
def default_world() -> World:
    return simulated(read_world())


@pytest.fixture
def con(default_world: World) -> Iterator[duckdb.DuckDBPyConnection]:
    """The default world's tables, to be asked in SQL."""
    with duckdb.connect() as connection:
        for kind in KINDS:
            connection.register(kind, default_world.table(kind))
        yield connection


def one_number(con: duckdb.DuckDBPyConnection, statement: str) -> float:
    row = con.execute(statement).fetchone()
    assert row is not None
    return float(row[0])


def fingerprint(world: World) -> dict[str, str]:
    """SHA-256 of each table's Arrow IPC bytes."""
    prints = {}
    for kind in KINDS:
        sink = pa.BufferOutputStream()
        table = world.table(kind).combine_chunks()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        prints[kind] = hashlib.sha256(sink.getvalue()).hexdigest()
    return prints


def rows(table: pa.Table) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in table.to_pylist()]


# ---------------------------------------------------------------- reproducible
def test_same_arguments_give_the_same_bytes_in_another_process() -> None:
    code = (
        "from tests.producer.test_simulation import SMALL, fingerprint, simulated;"
        "print(fingerprint(simulated(SMALL)))"
    )
    other = subprocess.run(  # noqa: S603 - our own code
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == str(fingerprint(simulated(SMALL)))


def test_another_seed_gives_another_world() -> None:
    ours, other = (fingerprint(simulated(replace(SMALL, seed=seed))) for seed in (1, 2))
    assert {kind for kind in KINDS if ours[kind] != other[kind]} == set(KINDS)


@pytest.mark.parametrize("kind", ["accounts", "prices", "cash_events", "trades"])
def test_a_later_end_and_more_accounts_only_add_rows(kind: str) -> None:
    ours = set(rows(simulated(SMALL).table(kind)))
    longer = replace(SMALL, end=date(2024, 12, 31), accounts=6)
    assert ours < set(rows(simulated(longer).table(kind)))


def test_the_size_of_batches_does_not_change_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = {kind: simulated(SMALL).table(kind) for kind in KINDS}
    monkeypatch.setattr(world_module, "ROWS_A_BATCH", 100)
    for kind in KINDS:
        world = simulated(SMALL)
        assert world.table(kind).equals(whole[kind])
        assert world.batch_count(kind) == len(list(world.batches(kind)))
    assert world.batch_count("trades") == SMALL.accounts


def test_tables_have_the_types_of_the_contract(default_world: World, tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    write_world(default_world, DuckDBWriter(path))
    with duckdb.connect(path, read_only=True) as con:
        for kind in KINDS:
            con.register("simulated", default_world.table(kind))
            raw = con.table(f"main.{RECORDS[kind].TABLE}")
            simulated_types, raw_types = (
                dict(zip(relation.columns, relation.types, strict=True))
                for relation in (con.table("simulated"), raw)
            )
            assert simulated_types.items() <= raw_types.items()


# ---------------------------------------------------------------- into the warehouse
def raw_contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with duckdb.connect(path, read_only=True) as con:
        return {
            kind: con.execute(
                f"from main.{RECORDS[kind].TABLE} order by batch_id, source_row"
            ).fetchall()
            for kind in KINDS
        }


def test_raw_tables_are_the_same_whenever_they_are_loaded(tmp_path: Path) -> None:
    contents = []
    for hours in (0, 5):
        path = tmp_path / f"{hours}.duckdb"
        clock = partial(NOW.__add__, timedelta(hours=hours))
        write_world(simulated(SMALL), DuckDBWriter(path, clock=clock))
        contents.append(raw_contents(path))
    assert contents[0] == contents[1]


def test_the_same_world_again_adds_nothing_and_a_longer_one_only_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "warehouse.duckdb"
    writer = DuckDBWriter(path, clock=lambda: NOW)
    first = write_world(simulated(SMALL), writer)
    before = raw_contents(path)
    again = write_world(simulated(SMALL), writer)
    assert raw_contents(path) == before
    for kind in KINDS:
        assert (first[kind].repeated, first[kind].quarantined) == (0, 0)
        assert (again[kind].loaded, again[kind].repeated) == (0, first[kind].loaded)

    longer = simulated(replace(SMALL, end=date(2024, 7, 31)))
    added = write_world(longer, writer)
    for kind in KINDS:
        assert added[kind].repeated == first[kind].loaded
        assert added[kind].loaded == longer.table(kind).num_rows - first[kind].loaded
        assert added[kind].quarantined == 0


def test_progress_is_reported_after_each_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world_module, "ROWS_A_BATCH", 1_000)
    reported: list[tuple[str, int, int]] = []
    writer = DuckDBWriter(tmp_path / "warehouse.duckdb", clock=lambda: NOW)
    write_world(simulated(SMALL), writer, lambda *step: reported.append(step))
    assert [step for step in reported if step[0] == "trades"] == [
        ("trades", done, 4) for done in (1, 2, 3, 4)
    ]
    assert [kind for kind, done, total in reported if done == total] == list(KINDS)


def test_decimals_are_exact_for_either_sign() -> None:
    values = decimals(np.array([123_4567, -1, 0]), 4, SqlType.PRICE)
    assert [str(value) for value in values.to_pylist()] == [
        "123.4567000000",
        "-0.0001000000",
        "0E-10",
    ]
    with pytest.raises(ValueError, match="decimal places"):
        decimals(np.array([1]), 4, SqlType.INTEGER)


# ---------------------------------------------------------------- arguments
@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"start": date(2025, 1, 2), "end": date(2025, 1, 1)}, "start"),
        ({"start": date(1899, 12, 31)}, "start"),
        ({"end": date(2026, 3, 4)}, "end"),
        ({"start": date(2024, 1, 6), "end": date(2024, 1, 7)}, "no trading day"),
        ({"accounts": 0}, "accounts"),
        ({"symbols": 0}, "symbols"),
        ({"trades_per_day": -1}, "trades_per_day"),
        ({"trades_per_day": float("nan")}, "trades_per_day"),
        ({"seed": -1}, "seed"),
    ],
)
def test_an_argument_without_sense_is_refused_by_name(
    arguments: dict[str, Any], named: str
) -> None:
    with pytest.raises(WorldConfigError, match=named) as refused:
        simulated(read_world(**arguments))
    assert isinstance(refused.value, ValueError)
    assert refused.value.exit_code == 2


def test_a_world_may_end_on_the_last_day_that_raw_tables_take(tmp_path: Path) -> None:
    world = simulated(replace(SMALL, start=date(2026, 2, 2), end=date(2026, 3, 3)))
    writer = DuckDBWriter(tmp_path / "warehouse.duckdb", clock=lambda: NOW)
    loaded = write_world(world, writer)
    assert {kind: result.quarantined for kind, result in loaded.items()} == dict.fromkeys(KINDS, 0)


def test_the_smallest_world_is_one_account_on_one_day() -> None:
    day = date(2024, 7, 3)
    config = read_world(start=day, end=day, accounts=1, symbols=1, trades_per_day=0)
    world = simulated(config)
    counts = {kind: world.table(kind).num_rows for kind in KINDS}
    assert counts == {
        "instruments": 1,
        "accounts": 1,
        "prices": 1,
        "cash_events": 1,
        "trades": 0,
    }


# ---------------------------------------------------------------- prices
@pytest.fixture(scope="module")
def long_market() -> Market:
    """Fifteen years of two symbols in each sector: enough to measure by."""
    days = np.arange(4_000).astype("datetime64[D]")
    config = read_world(symbols=22)
    return simulate_market(7, Catalogue(config).listings(), days, config.prices)


def log_returns(market: Market) -> Floats:
    returns: Floats = np.diff(np.log(market.close), axis=0)
    return returns


def mean_autocorrelation(values: Floats, lag: int = 1) -> float:
    """Mean over columns of the correlation of a series with itself `lag` days later."""
    return float(np.mean([np.corrcoef(column[:-lag], column[lag:])[0, 1] for column in values.T]))


def test_volatility_comes_in_clusters(long_market: Market) -> None:
    returns = log_returns(long_market)
    squares = returns**2
    shuffled = np.random.Generator(np.random.PCG64(1)).permuted(squares, axis=0)
    for lag in (1, 5, 20):
        assert mean_autocorrelation(squares, lag) > 0.03
        assert abs(mean_autocorrelation(shuffled, lag)) < 0.015
    assert abs(mean_autocorrelation(returns)) < 0.02, "returns themselves cannot be foreseen"


def test_symbols_of_one_sector_move_together_more_than_others(long_market: Market) -> None:
    sector = np.array([listing.sector for listing in long_market.listings])
    correlation: Floats = np.asarray(np.corrcoef(log_returns(long_market).T))
    same = (sector[:, None] == sector) & ~np.eye(len(sector), dtype=bool)
    across = sector[:, None] != sector
    assert correlation[across].mean() > 0.15, "the market moves all"
    assert correlation[same].mean() > correlation[across].mean() + 0.1


def test_prices_jump(long_market: Market) -> None:
    def largest_moves(market: Market) -> int:
        returns = log_returns(market)
        return int((np.abs(returns) > 6 * np.median(np.abs(returns), axis=0) / 0.6745).sum())

    model = replace(read_world().prices, jumps_per_year=0)
    calm = simulate_market(7, long_market.listings, long_market.days, model)
    assert largest_moves(long_market) > 2 * largest_moves(calm) + 100


def test_volatility_and_drift_are_those_of_equities(long_market: Market) -> None:
    expected = np.array([listing.annual_volatility for listing in long_market.listings])
    measured = log_returns(long_market).std(axis=0) * np.sqrt(252)
    assert np.median(measured / expected) == pytest.approx(1.05, abs=0.15)


def test_prices_stand_on_every_trading_day_and_no_other(
    con: duckdb.DuckDBPyConnection, default_world: World
) -> None:
    expected = trading_days("NYSE", date(2024, 1, 2), date(2025, 12, 31))
    assert (default_world.market.days == expected).all()
    symbols, days, count = con.execute(
        "select count(distinct symbol), count(distinct date), count(*) from prices"
    ).fetchone() or (0, 0, 0)
    assert (symbols, days, count) == (10, len(expected), 10 * len(expected))


def test_prices_are_positive_and_the_days_range_holds_open_and_close(
    con: duckdb.DuckDBPyConnection,
) -> None:
    broken = """
        select count(*) from prices
        where not (0 < low and low <= least(open, close) and greatest(open, close) <= high)
            or close <> round(close, 4) or volume <= 0 or volume <> round(volume)
    """
    assert one_number(con, broken) == 0


# ---------------------------------------------------------------- trades
def fills_on(market: Market, style: Style) -> Fills:
    (agent,) = [agent for agent in SMALL.agents if agent.style == style]
    return trade(replace(SMALL, seed=3), 0, agent, market, signals_of(market)[style])


def first(fills: Fills, days: int, names: tuple[str, ...]) -> list[list[int]]:
    """The named columns of the trades of the first so many days."""
    return [getattr(fills, name)[fills.day < days].tolist() for name in names]


@pytest.mark.parametrize("style", list(Style))
def test_agents_never_look_ahead(style: Style) -> None:
    market = simulated(SMALL).market
    fills = fills_on(market, style)
    names = ("day", "millisecond", "ordinal", "symbol", "quantity", "price", "fees")
    for known in (1, 30, 90):
        after = np.where(np.arange(len(market.days)) < known, 1, 2)[:, np.newaxis]
        changed = replace(
            market,
            **{name: getattr(market, name) * after for name in ("open", "high", "low", "close")},
        )
        other = fills_on(changed, style)
        assert first(other, known, names) == first(fills, known, names)
        # The day on which prices change decides the price paid, not what was wanted.
        assert first(other, known + 1, ("symbol", "quantity")) == first(
            fills, known + 1, ("symbol", "quantity")
        )
        assert first(other, 126, ("quantity",)) != first(fills, 126, ("quantity",))


def test_books_are_long_and_short_and_pass_through_zero(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("""
        create temp table positions as
        select
            account_id,
            sum(if(side = 'BUY', quantity, -quantity)) over history as after,
            after - if(side = 'BUY', quantity, -quantity) as before,
        from trades
        window history as (partition by account_id, symbol order by executed_at, trade_id)
    """)
    shares = con.execute("""
        select account_id, avg((after < 0)::int), avg((after * before < 0)::int)
        from positions group by all order by all
    """).fetchall()
    (long_only, *never), (_, *momentum), (_, *long_short) = shares
    assert long_only == "ACC001"
    assert never == [0, 0], "a long-only account is never short"
    assert momentum[0] > 0.05
    assert momentum[1] > 0.02
    assert 0.3 < long_short[0] < 0.7
    assert long_short[1] > 0.1


def test_exposure_stays_in_proportion_to_the_capital(con: duckdb.DuckDBPyConnection) -> None:
    largest = """
        with positions as (
            select account_id, symbol, executed_at::date as date,
                sum(if(side = 'BUY', quantity, -quantity)) over (
                    partition by account_id, symbol order by executed_at, trade_id
                ) as quantity
            from trades
            qualify row_number() over (
                partition by account_id, symbol, date order by executed_at desc, trade_id desc
            ) = 1
        ),
        days as (
            select accounts.account_id, prices.symbol, prices.date, prices.close
            from accounts cross join prices
        )
        select max(gross), avg(gross) from (
            select sum(abs(quantity) * days.close)::double as gross
            from days asof join positions using (account_id, symbol, date)
            group by account_id, days.date
        )
    """
    greatest, usual = con.execute(largest).fetchone() or (0, 0)
    assert greatest < 150_000
    assert 30_000 < usual < 110_000


def test_trades_are_whole_lots_at_prices_of_their_day(con: duckdb.DuckDBPyConnection) -> None:
    broken = """
        select count(*) from trades
        left join prices on prices.symbol = trades.symbol and prices.date = executed_at::date
        where prices.symbol is null or price not between low and high
            or quantity <= 0 or quantity <> round(quantity)
            or fees <> greatest(1, ceil(quantity / 2) / 100)
            or executed_at::time not between time '14:30' and time '21:00'
            or trades.ingested_at <> executed_at
    """
    assert one_number(con, broken) == 0


def test_trade_ids_are_unique_and_sort_as_the_trades_of_an_account(
    con: duckdb.DuckDBPyConnection,
) -> None:
    assert one_number(con, "select count(*) - count(distinct trade_id) from trades") == 0
    assert one_number(con, "select count(*) - count(distinct event_id) from trades") == 0
    disordered = """
        select count(*) from (
            select executed_at < lag(executed_at) over (
                partition by account_id order by trade_id
            ) as is_earlier
            from trades
        ) where is_earlier
    """
    assert one_number(con, disordered) == 0


def test_about_as_many_trades_as_asked_for(con: duckdb.DuckDBPyConnection) -> None:
    count = one_number(con, "select count(*) from trades")
    assert count == pytest.approx(3 * 502 * 5, rel=0.1)


def test_many_symbols_are_shared_out() -> None:
    config = replace(SMALL, symbols=100, accounts=2, trades_per_day=40)
    trades = simulated(config).trades.to_pandas()
    assert (trades.groupby("account_id").symbol.nunique() == 40).all()
    assert trades.symbol.nunique() > 40


# ---------------------------------------------------------------- cash
def test_every_account_starts_with_its_capital_before_the_first_open(
    con: duckdb.DuckDBPyConnection,
) -> None:
    opening = con.execute("""
        select account_id, type, amount::double, "timestamp" from cash_events
        qualify row_number() over (partition by account_id order by "timestamp") = 1
        order by all
    """).fetchall()
    start = datetime.fromisoformat("2024-01-02T13:00")
    assert opening == [(f"ACC00{n}", "DEPOSIT", 100_000.0, start) for n in (1, 2, 3)]


def test_cash_moves_a_few_times_a_year_in_whole_cents(con: duckdb.DuckDBPyConnection) -> None:
    counts = dict(con.execute("select type, count(*) from cash_events group by all").fetchall())
    assert set(counts) == {"DEPOSIT", "WITHDRAWAL", "INTEREST", "FEE"}
    assert counts["INTEREST"] == 3 * 23
    assert counts["FEE"] == 3 * 7
    assert 6 <= counts["DEPOSIT"] <= 40
    assert 3 <= counts["WITHDRAWAL"] <= 40
    broken = """
        select count(*) from cash_events
        where amount <= 0 or amount <> round(amount, 2) or ingested_at <> "timestamp"
    """
    assert one_number(con, broken) == 0
    assert one_number(con, "select count(*) - count(distinct event_id) from cash_events") == 0
