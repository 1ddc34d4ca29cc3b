"""A million random events in seconds: whole columns at a time instead of row by row.

Every trade goes from one target position to the next. Targets are long, short or exactly nothing,
so positions are opened, cut, closed and turned round; a split between two trades moves the target
as it moves the position. So what is held after every trade is known without any ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from producer.common.duckdb_writer import DuckDBWriter
from tests.warehouse.building import loading_clock
from tests.warehouse.raw_rows import trading_days

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FIRST_DAY = "2023-01-03"
CURRENCIES = ("USD", "EUR", "GBP")
DOLLARS = {"USD": 1.0, "EUR": 1.08, "GBP": 1.27}
UNIT = 10**8
"""Quantities are whole numbers of their smallest part."""
RATIOS = np.array([(2, 1), (3, 2), (1, 3), (7, 5), (1, 2)])


@dataclass(frozen=True)
class BulkShape:
    """How large a history is, and whether it has more than trades in dollars."""

    accounts: int
    symbols: int
    held: int
    """Symbols that an account trades."""
    days: int
    trades: int
    is_plain: bool = False
    """One deposit an account, dollars only, no corporate actions."""
    desks: int = 8


@dataclass(frozen=True)
class BulkHistory:
    """The events of each kind, and the position that each trade leaves behind."""

    tables: dict[str, pa.Table]
    position_after: pa.Table
    """trade_id, account_id, symbol and position_after, which is exact."""
    days: list[str]

    @property
    def event_count(self) -> int:
        """Trades, cash events and corporate actions."""
        kinds = ("trades", "cash_events", "corporate_actions")
        return sum(self.tables[kind].num_rows for kind in kinds if kind in self.tables)

    def write(self, database: Path) -> None:
        """Land all of it, each kind as one load."""
        for number, (kind, table) in enumerate(self.tables.items()):
            DuckDBWriter(database, loading_clock(number)).write_table(kind, table)


@dataclass(frozen=True)
class _Market:
    currency: Ints
    """Of each symbol, as its place in CURRENCIES."""
    closes: Floats
    """Shape (symbols, days), in the shares of the day."""
    split_symbol: Ints
    split_day: Ints
    split_ratio: Ints
    """Shape (splits, 2): new shares, old shares."""


def bulk_history(shape: BulkShape, seed: int = 1) -> BulkHistory:
    """Make the history; the same shape and seed give the same events."""
    random = np.random.default_rng(seed)
    days = trading_days(FIRST_DAY, f"{2024 + shape.days // 250}-12-31")[: shape.days]
    market = _market(random, shape)
    with duckdb.connect() as sql:
        sql.execute("create table days as select unnest($1) as day", [days])
        sql.execute("alter table days add column number bigint; update days set number = rowid")
        sql.execute("create macro account(number) as 'A' || lpad(number::varchar, 4, '0')")
        sql.execute("create macro symbol(number) as 'S' || lpad(number::varchar, 4, '0')")
        sql.execute(f"create macro currency(place) as {list(CURRENCIES)}[place + 1]")
        # Whole numbers of the smallest part as decimals, without a detour over text or doubles.
        sql.execute("""
            create macro exactly(units) as
                (units::decimal(20, 0) * 0.00000001::decimal(9, 8))::decimal(28, 8)
        """)
        tables = _market_tables(sql, random, shape, market)
        tables |= _account_tables(sql, random, shape)
        tables["trades"] = _trades(sql, random, shape, market)
        position_after = sql.execute("""
            select trade_id, account_id, symbol, exactly(units_after) as position_after
            from traded
        """).to_arrow_table()
    return BulkHistory(tables, position_after, days)


def _market(random: np.random.Generator, shape: BulkShape) -> _Market:
    steps = np.exp(random.normal(0, 0.015, (shape.symbols, shape.days)).cumsum(axis=1))
    closes = np.clip(random.uniform(20, 200, (shape.symbols, 1)) * steps, 2, 900)
    count = 0 if shape.is_plain else shape.symbols
    split_symbol = random.integers(0, shape.symbols, count)
    split_day = random.integers(shape.days // 10, shape.days, count)
    split_ratio = RATIOS[random.integers(0, len(RATIOS), count)]
    _, first = np.unique(split_symbol * shape.days + split_day, return_index=True)
    split_symbol, split_day, split_ratio = (
        each[first] for each in (split_symbol, split_day, split_ratio)
    )
    for which, day, (new, old) in zip(split_symbol, split_day, split_ratio, strict=True):
        closes[which, day:] *= old / new
    currency = random.integers(0, 1 if shape.is_plain else len(CURRENCIES), shape.symbols)
    return _Market(currency, closes, split_symbol, split_day, split_ratio)


def _register(sql: duckdb.DuckDBPyConnection, name: str, **columns: NDArray[Any]) -> None:
    sql.register(name, pa.table(dict(columns)))


def _market_tables(
    sql: duckdb.DuckDBPyConnection, random: np.random.Generator, shape: BulkShape, market: _Market
) -> dict[str, pa.Table]:
    symbol, day = (axis.ravel() for axis in np.indices(market.closes.shape))
    is_hole = (random.random(len(symbol)) < 0.03) & (day > 0)
    _register(sql, "closes", symbol=symbol, number=day, close=market.closes.ravel(), hole=is_hole)
    _register(sql, "instruments", symbol=np.arange(shape.symbols), currency=market.currency)
    tables = {
        "instruments": sql.execute("""
            select symbol(symbol) as symbol, currency(currency) as currency,
                'Sector ' || symbol % 5 as sector, 'EQUITY' as asset_class,
                '2000-01-01' as ingested_at
            from instruments order by symbol
        """).to_arrow_table(),
        "prices": sql.execute("""
            select symbol(symbol) as symbol, day as date, round(close, 4)::varchar as close,
                day || ' 21:00:00' as ingested_at
            from closes inner join days using (number) where not hole order by all
        """).to_arrow_table(),
    }
    if shape.is_plain:
        return tables
    new, old = market.split_ratio.T
    _register(sql, "splits", symbol=market.split_symbol, number=market.split_day, new=new, old=old)
    _register(
        sql,
        "dividends",
        symbol=random.integers(0, shape.symbols, 3 * shape.symbols),
        number=random.integers(1, shape.days, 3 * shape.symbols),
        share=random.uniform(0.001, 0.02, 3 * shape.symbols),
    )
    tables["corporate_actions"] = sql.execute("""
        select symbol(symbol) as symbol, day as ex_date, 'SPLIT' as type,
            new || ':' || old as ratio, null as amount, day as ingested_at
        from splits inner join days using (number)
        union all
        select symbol(symbol), day, 'DIVIDEND', null,
            max(round(close * share, 4) + 0.0001)::varchar, day
        from dividends inner join closes using (symbol, number) inner join days using (number)
        group by all
        order by all
    """).to_arrow_table()
    walk = np.exp(random.normal(0, 0.004, (2, shape.days)).cumsum(axis=1))
    _register(sql, "rates", number=np.arange(shape.days), eur=1.08 * walk[0], gbp=0.79 * walk[1])
    tables["fx_rates"] = sql.execute("""
        select day as date, base_currency, quote_currency, round(rate, 8)::varchar as rate,
            day || ' 20:00:00' as ingested_at
        from (
            select number, 'EUR' as base_currency, 'USD' as quote_currency, eur as rate from rates
            union all
            select number, 'USD', 'GBP', gbp from rates where number % 9 <> 5
        )
        inner join days using (number)
        order by all
    """).to_arrow_table()
    return tables


def _account_tables(
    sql: duckdb.DuckDBPyConnection, random: np.random.Generator, shape: BulkShape
) -> dict[str, pa.Table]:
    """Accounts and their cash: a deposit each, and for ten trades about one event more."""
    numbers = np.arange(shape.accounts)
    base = numbers % (1 if shape.is_plain else len(CURRENCIES))
    _register(sql, "accounts", account=numbers, base=base, desk=numbers % shape.desks)
    count = 0 if shape.is_plain else shape.trades // 20
    _register(
        sql,
        "moved",
        event=np.arange(count),
        account=random.integers(0, shape.accounts, count),
        number=random.integers(0, shape.days, count),
        kind=random.integers(0, 5, count),
        other=random.integers(0, len(CURRENCIES), count),
        amount=random.uniform(10, 4_000, count),
    )
    rates = ", ".join(str(DOLLARS[name]) for name in CURRENCIES)
    return {
        "accounts": sql.execute("""
            select account(account) as account_id, 'Desk ' || desk as desk,
                currency(base) as base_currency, '2000-01-01' as ingested_at
            from accounts order by all
        """).to_arrow_table(),
        "cash_events": sql.execute(f"""
            with legs as (
                select 'D' || account as event_id, account, 0 as number, 'DEPOSIT' as type,
                    1e6 as amount, base as currency, null as transfer_id
                from accounts
                union all
                select 'M' || event, account, number,
                    ['DEPOSIT', 'WITHDRAWAL', 'INTEREST', 'FEE'][kind + 1],
                    case when kind < 2 then amount else amount / 20 end, other, null
                from moved where kind < 4
                union all
                select 'O' || event, account, number, 'FX_OUT', amount, base, 'X' || event
                from moved inner join accounts using (account) where kind = 4
                union all
                select 'I' || event, account, number, 'FX_IN',
                    amount * [{rates}][base + 1] / [{rates}][other + 1], other, 'X' || event
                from moved inner join accounts using (account) where kind = 4
            )
            select event_id, account(account) as account_id, type,
                round(amount, 2)::varchar as amount,
                currency(currency) as currency, transfer_id, day || ' 13:00:00' as timestamp,
                day || ' 13:00:05' as ingested_at
            from legs inner join days using (number)
            order by day, event_id
        """).to_arrow_table(),  # noqa: S608 - our own numbers
    }


def _trades(
    sql: duckdb.DuckDBPyConnection, random: np.random.Generator, shape: BulkShape, market: _Market
) -> pa.Table:
    """Trades from target to target, a position after the other, each in the order of time."""
    count = shape.trades
    account = random.integers(0, shape.accounts, count)
    step = max(shape.symbols // shape.held, 1)
    symbol = (account * 7 + step * random.integers(0, shape.held, count)) % shape.symbols
    day = random.integers(0, shape.days, count)
    second = random.integers(9 * 3600, 20 * 3600, count)
    order = np.lexsort((second, day, symbol, account))
    account, symbol, day, second = (each[order] for each in (account, symbol, day, second))
    begins = np.r_[True, (np.diff(account) != 0) | (np.diff(symbol) != 0)]

    places = 10 ** random.choice([8, 8, 6, 0], count)
    target = np.rint(random.normal(100, 300, count) * UNIT / places).astype(np.int64) * places
    target[random.random(count) < 0.12] = 0
    before = np.where(begins, 0, np.r_[0, target[:-1]])
    before_day = np.where(begins, -1, np.r_[-1, day[:-1]])
    for which, split_day, (new, old) in zip(
        market.split_symbol, market.split_day, market.split_ratio, strict=True
    ):
        crossed = (symbol == which) & (before_day < split_day) & (split_day <= day)
        before[crossed] = _after_split(before[crossed], new, old)

    price = market.closes[symbol, day] * random.uniform(0.99, 1.01, count)
    _register(
        sql,
        "targets",
        id=np.arange(count),
        account=account,
        symbol=symbol,
        number=day,
        second=second,
        units=target - before,
        units_after=target,
        price=price,
        fees=random.uniform(0, 5, count),
    )
    sql.execute("""
        create table traded as
        select
            'T' || lpad(id::varchar, 8, '0') as trade_id,
            account(account) as account_id,
            symbol(symbol) as symbol,
            units,
            units_after,
            if(units > 0, 'BUY', 'SELL') as side,
            exactly(abs(units)) as quantity,
            price::decimal(28, 4)::decimal(28, 10) as price,
            fees::decimal(28, 2)::decimal(28, 8) as fees,
            (day || ' 00:00:00')::timestamp + to_seconds(second) as executed_at
        from targets inner join days using (number)
        where units <> 0
    """)
    return sql.execute("""
        select * exclude (units, units_after), executed_at as ingested_at
        from traded order by executed_at, trade_id
    """).to_arrow_table()


def _after_split(units: Ints, new: int, old: int) -> Ints:
    """Rounded to the smallest part, halves away from zero."""
    size: Ints = (2 * np.abs(units) * new + old) // (2 * old)
    return size * np.sign(units)
