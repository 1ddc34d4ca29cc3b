"""A simulated world as raw tables, and its way into the warehouse."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from producer.common.calendar import trading_days
from producer.common.clock import Clock, system_clock
from producer.common.duckdb_writer import DuckDBWriter
from producer.common.landing import LoadResult
from producer.records import Account, CashEvent, Instrument, Price, Trade
from producer.records.contract import SqlType
from producer.simulation import cash
from producer.simulation.agents import Fills, signals_of, trade
from producer.simulation.cash import cash_flows
from producer.simulation.catalogue import Catalogue, Client
from producer.simulation.config import CLOSE_KNOWN_AT, Style, WorldConfig
from producer.simulation.market import PRICE_SCALE, Floats, Ints, Market, simulate_market
from producer.simulation.settings import WorldConfigError
from producer.simulation.tables import (
    choice,
    day_texts,
    decimals,
    joined,
    padded,
    raw_table,
    timestamps,
)

KINDS = ("instruments", "accounts", "prices", "cash_events", "trades")
"""In the order in which they are loaded: what is traded and who trades comes first."""

ROWS_A_BATCH = 250_000
"""About as many rows are in memory at a time, and in one transaction."""

CENT_SCALE = 2
EVENT_VERSION = "1.0"
MILLISECOND = timedelta(milliseconds=1)

Progress = Callable[[str, int, int], None]
"""Called with the kind, the steps done and all steps of the kind; a step is a batch of rows."""


@dataclass(frozen=True)
class World:
    """A simulated world. Prices are in memory; everything else is made when asked for.

    Every column is decided by the configuration, `ingested_at` included: an event was known when
    it happened, a price when the exchange had closed.
    """

    config: WorldConfig
    catalogue: Catalogue
    market: Market
    clients: tuple[Client, ...]

    @cached_property
    def signals(self) -> Mapping[Style, Floats]:
        """What each style wants to hold at the start of each day, shape (days, symbols)."""
        return signals_of(self.market)

    @cached_property
    def instruments(self) -> pa.Table:
        """Raw instruments, one row per symbol."""
        return self.table("instruments")

    @cached_property
    def accounts(self) -> pa.Table:
        """Raw accounts, one row per account."""
        return self.table("accounts")

    @cached_property
    def prices(self) -> pa.Table:
        """Raw prices: the official closes with open, high, low and volume, day by day."""
        return self.table("prices")

    @cached_property
    def cash_events(self) -> pa.Table:
        """Raw cash events, account by account in order of time."""
        return self.table("cash_events")

    @cached_property
    def trades(self) -> pa.Table:
        """Raw trades, account by account in order of execution."""
        return self.table("trades")

    def table(self, kind: str) -> pa.Table:
        """Return all rows of a kind at once; `batches` needs less memory for a large world."""
        return pa.concat_tables(self.batches(kind))

    def batch_count(self, kind: str) -> int:
        """Return how many batches a kind has, 1 at least."""
        return len(self._blocks(kind))

    def batches(self, kind: str) -> Iterator[pa.Table]:
        """Make the rows of a kind piece by piece, in the exact types of the raw contract.

        Args:
            kind: One of KINDS.

        Yields:
            Tables of about ROWS_A_BATCH rows (the rows of one day or account stay together).
        """
        build = _SOURCES[kind].build
        for block in self._blocks(kind):
            yield build(self, block)

    def _blocks(self, kind: str) -> list[range]:
        """Cut the units of a kind, such as accounts, into ranges of about ROWS_A_BATCH rows."""
        units, rows_a_unit = _SOURCES[kind].size(self)
        length = max(1, int(ROWS_A_BATCH / max(rows_a_unit, 1)))
        return [range(first, min(first + length, units)) for first in range(0, units, length)]


def simulate(config: WorldConfig, clock: Clock = system_clock) -> World:
    """Simulate a world. Equal configurations give equal worlds, to the byte.

    Args:
        config: What decides the world.
        clock: Only asked whether the world ends in the future.

    Raises:
        WorldConfigError: `end` lies in the future, or no trading day lies within start and end.
    """
    config.check_end(clock())
    days = trading_days(config.calendar, config.start, config.end)
    if not len(days):
        raise WorldConfigError(f"no trading day from start {config.start} to end {config.end}")
    catalogue = Catalogue(config)
    return World(
        config=config,
        catalogue=catalogue,
        market=simulate_market(config.seed, catalogue.listings(), days, config.prices),
        clients=catalogue.clients(),
    )


def write_world(
    world: World, writer: DuckDBWriter, on_progress: Progress | None = None
) -> dict[str, LoadResult]:
    """Load a world into the warehouse, batch by batch. A second time it adds no row.

    Args:
        world: The world.
        writer: Its `write_table` is called for each batch: one short transaction each.
        on_progress: Called after each batch.

    Returns:
        For each kind the counts of all its batches together.
    """
    return {kind: _write_kind(world, kind, writer, on_progress) for kind in KINDS}


def _write_kind(
    world: World, kind: str, writer: DuckDBWriter, on_progress: Progress | None
) -> LoadResult:
    total = world.batch_count(kind)
    results = []
    for done, table in enumerate(world.batches(kind), start=1):
        batch_id = f"{world.config.world_id}-{kind}-{done:05d}"
        results.append(_landed_once(writer, kind, table, batch_id))
        if on_progress:
            on_progress(kind, done, total)
    return _summed(results)


def _landed_once(writer: DuckDBWriter, kind: str, table: pa.Table, batch_id: str) -> LoadResult:
    """Land a batch, unless a batch of its name is there: equal names have equal rows."""
    try:
        return writer.write_table(kind, table, batch_id=batch_id)
    except ValueError as error:
        if "is taken" not in str(error):
            raise
        return LoadResult(kind, "", batch_id, loaded=0, repeated=table.num_rows)


def _summed(results: Sequence[LoadResult]) -> LoadResult:
    """Counts of several loads of one kind; the other figures are those of the first."""
    counts = ("loaded", "repeated", "quarantined", "rounded", "displaced")
    sums = {name: sum(getattr(result, name) for result in results) for name in counts}
    return replace(results[0], **sums)


def _instruments(world: World, block: range) -> pa.Table:
    listings = world.market.listings[block.start : block.stop]
    events = [world.catalogue.instrument_event(listing) for listing in listings]
    return raw_table(
        Instrument, len(events), {**_columns(events), "ingested_at": _first_moment(world)}
    )


def _accounts(world: World, block: range) -> pa.Table:
    clients = world.clients[block.start : block.stop]
    events = [world.catalogue.account_event(client) for client in clients]
    return raw_table(
        Account,
        len(events),
        {
            **_columns(events),
            "opened_at": world.market.days[0].item(),
            "ingested_at": _first_moment(world),
        },
    )


def _prices(world: World, block: range) -> pa.Table:
    market, part = world.market, slice(block.start, block.stop)
    symbols = [listing.symbol for listing in market.listings]
    days = np.repeat(market.days[part], len(symbols))

    def price(ticks: Ints) -> pa.Array:
        return decimals(ticks[part].ravel(), PRICE_SCALE, SqlType.PRICE)

    return raw_table(
        Price,
        len(days),
        {
            "symbol": choice(np.tile(np.arange(len(symbols)), len(block)), symbols),
            "date": pa.array(days),
            "close": price(market.close),
            "open": price(market.open),
            "high": price(market.high),
            "low": price(market.low),
            "volume": decimals(market.volume[part].ravel(), 0, SqlType.QUANTITY),
            "currency": world.config.currency,
            "ingested_at": timestamps(days, CLOSE_KNOWN_AT // MILLISECOND),
        },
    )


def _cash_events(world: World, block: range) -> pa.Table:
    days = world.market.days
    flows = [cash_flows(world.config, account, days) for account in block]
    day, kind, cents = (
        np.concatenate([getattr(flow, name) for flow in flows]) for name in ("day", "type", "cents")
    )
    account = _account_ids(world, block, [len(flow.day) for flow in flows])
    moment = timestamps(days[day], cash.BOOKED_AT_MS)
    return raw_table(
        CashEvent,
        len(day),
        {
            "event_id": joined(account, choice(day, day_texts(days)), choice(kind, cash.TYPES)),
            "account_id": account,
            "amount": decimals(cents, CENT_SCALE, SqlType.AMOUNT),
            "type": choice(kind, cash.TYPES),
            "timestamp": moment,
            "currency": world.config.currency,
            "description": choice(kind, cash.DESCRIPTIONS),
            "event_version": EVENT_VERSION,
            "ingested_at": moment,
        },
    )


def _trades(world: World, block: range) -> pa.Table:
    market = world.market
    fills = [_fills(world, account) for account in block]
    day, millisecond, ordinal, symbol, quantity, price, fees = (
        np.concatenate([getattr(fill, name) for fill in fills])
        for name in ("day", "millisecond", "ordinal", "symbol", "quantity", "price", "fees")
    )
    account = _account_ids(world, block, [len(fill) for fill in fills])
    moment = timestamps(market.days[day], millisecond)
    # Ids sort as the trades of an account were executed: day, then place within the day.
    trade_id = joined(account, choice(day, day_texts(market.days)), padded(ordinal, 6))
    return raw_table(
        Trade,
        len(day),
        {
            "trade_id": trade_id,
            "account_id": account,
            "symbol": choice(symbol, [listing.symbol for listing in market.listings]),
            "side": choice((quantity < 0).astype(np.int64), ("BUY", "SELL")),
            "quantity": decimals(np.abs(quantity), 0, SqlType.QUANTITY),
            "price": decimals(price, PRICE_SCALE, SqlType.PRICE),
            "fees": decimals(fees, CENT_SCALE, SqlType.AMOUNT),
            "currency": world.config.currency,
            "executed_at": moment,
            "event_id": joined("event", trade_id),
            "ingested_at": moment,
        },
    )


def _fills(world: World, account: int) -> Fills:
    agent = world.clients[account].agent
    return trade(world.config, account, agent, world.market, world.signals[agent.style])


def _account_ids(world: World, block: range, counts: Sequence[int]) -> pa.Array:
    """Return the account of each row, for `counts` rows of each account of the block."""
    ids = [world.clients[account].account_id for account in block]
    return choice(np.repeat(np.arange(len(block)), counts), ids)


def _first_moment(world: World) -> datetime:
    return datetime.combine(world.market.days[0].item(), time())


def _columns(events: Sequence[Mapping[str, Any]]) -> dict[str, pa.Array]:
    return {name: pa.array([event[name] for event in events]) for name in events[0]}


@dataclass(frozen=True, slots=True)
class _Source:
    """How the rows of one kind are made."""

    size: Callable[[World], tuple[int, float]]
    """Number of units (accounts, days, ...) and about how many rows each has."""
    build: Callable[[World, range], pa.Table]
    """The rows of a range of units."""


_SOURCES = {
    "instruments": _Source(lambda world: (len(world.market.listings), 1), _instruments),
    "accounts": _Source(lambda world: (len(world.clients), 1), _accounts),
    "prices": _Source(lambda world: (len(world.market.days), len(world.market.listings)), _prices),
    "cash_events": _Source(
        lambda world: (len(world.clients), len(world.market.days) / 12), _cash_events
    ),
    "trades": _Source(
        lambda world: (
            len(world.clients),
            len(world.market.days) * world.config.trades_per_day,
        ),
        _trades,
    ),
}
