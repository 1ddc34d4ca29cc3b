"""A million random events: every account-day is explained, and lots are positions exactly."""

from __future__ import annotations

import itertools
import time
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from tests.warehouse.building import Workshop
from tests.warehouse.bulk_history import UNIT, BulkHistory, BulkShape, bulk_history

MILLION = BulkShape(accounts=200, symbols=60, held=15, days=250, trades=1_000_000)
SMALL = BulkShape(accounts=3, symbols=8, held=4, days=60, trades=1_500)
CENT = 0.01

# The change of an account's value less its external flow, beside the sum of each set of lines.
UNEXPLAINED = """
    with changes as (
        select
            account_id,
            value_date,
            total_value
                - coalesce(lag(total_value) over (partition by account_id order by value_date), 0)
                - net_external_flow as change
        from main_facts.fact_portfolio_value_daily
    ),
    pnl as (
        select
            account_id,
            value_date,
            sum(
                realized_pnl + unrealized_pnl_change + dividends + interest - fees + fx_pnl
            ) as change,
            sum(total_pnl) as stated
        from main_facts.fact_pnl_daily
        group by all
    ),
    explained as (
        select
            account_id,
            value_date,
            sum(
                price_pnl + fx_pnl + cross_pnl + trading_pnl + dividends + interest - fees
                + fx_cash_pnl
            ) as change,
            sum(unexplained) as stated
        from main_metrics.pnl_explain_daily
        group by all
    )
    select
        count(*) as account_days,
        count(changes.change) as valued_days,
        max(abs(changes.change - coalesce(pnl.change, 0))) as by_pnl,
        max(abs(changes.change - coalesce(pnl.stated, 0))) as by_total_pnl,
        max(abs(changes.change - coalesce(explained.change, 0))) as by_explain,
        max(abs(explained.stated)) as stated_unexplained,
        max(abs(changes.change)) as largest_change
    from changes
    left join pnl using (account_id, value_date)
    left join explained using (account_id, value_date)
"""

LOTS_BESIDE_POSITIONS = """
    with last_trades as (
        from expected_trades
        qualify row_number() over (partition by account_id, symbol order by trade_id desc) = 1
    ),
    positions as (
        select account_id, symbol, cumulative_position as held
        from main_facts.fact_positions_daily
        where value_date = (select max(value_date) from main_facts.fact_positions_daily)
    ),
    lots as (
        select cost_method, account_id, symbol, sum(open_quantity) as held
        from main_facts.fact_open_lots
        group by all
    ),
    methods as (
        select distinct cost_method from main_facts.fact_open_lots
    )
    select
        methods.cost_method,
        count(*) as position_count,
        count(*) filter (where positions.held <> 0) as open_count,
        count(*) filter (
            where coalesce(lots.held, 0) is distinct from coalesce(positions.held, 0)
        ) as differing
    from last_trades
    cross join methods
    left join positions using (account_id, symbol)
    left join lots using (cost_method, account_id, symbol)
    group by all
    order by all
"""

TRADES_BESIDE_TARGETS = """
    select
        count(*) as trade_count,
        count(*) filter (where expected.position_after = 0) as flat_count,
        count(*) filter (
            where trade.position_after is distinct from expected.position_after
        ) as differing,
        count(*) filter (
            where (trade.avg_cost_after is null) <> (expected.position_after = 0)
        ) as differing_cost
    from expected_trades as expected
    left join main_facts.fact_trades as trade using (trade_id)
"""


def test_the_positions_the_generator_knows_are_those_of_one_event_after_the_other() -> None:
    history = bulk_history(SMALL)
    moves: dict[tuple[str, str], list[tuple[Any, ...]]] = defaultdict(list)
    for row in history.tables["trades"].to_pylist():
        sign = 1 if row["side"] == "BUY" else -1
        moment = (f"{row['executed_at']:%Y-%m-%d}", 1, row["executed_at"], row["trade_id"])
        moves[row["account_id"], row["symbol"]].append((*moment, sign * row["quantity"]))
    accounts = {account_id for account_id, _ in moves}
    splits = [
        row for row in history.tables["corporate_actions"].to_pylist() if row["type"] == "SPLIT"
    ]
    for account_id, split in itertools.product(accounts, splits):
        moves[account_id, split["symbol"]].append((split["ex_date"], 0, split["ratio"]))
    found = {}
    for events in moves.values():
        held = 0
        for event in sorted(events, key=lambda each: each[:2] + each[2:4] * each[1]):
            if event[1]:
                held += int(event[-1] * UNIT)
                found[event[3]] = Decimal(held) / UNIT
            else:
                new, old = map(int, event[2].split(":"))
                size = (2 * abs(held) * new + old) // (2 * old)
                held = size if held > 0 else -size
    expected = history.position_after.to_pylist()
    assert found == {row["trade_id"]: row["position_after"] for row in expected}
    assert sum(row["position_after"] == 0 for row in expected) > SMALL.trades // 20
    assert sum(row["position_after"] < 0 for row in expected) > SMALL.trades // 5


@pytest.mark.long
def test_a_million_events_close_to_the_cent(tmp_path: Path) -> None:
    history = bulk_history(MILLION)
    assert history.event_count >= 1_000_000
    begin = time.perf_counter()
    warehouse = Workshop(tmp_path / "workshop").built("million", history.write)
    print(  # noqa: T201 - shown by pytest -rP
        f"{history.event_count:,} events loaded and built in {time.perf_counter() - begin:.0f} s"
    )
    with duckdb.connect(str(warehouse.database), read_only=True) as connection:
        _assert_explained(connection)
        _assert_exact(connection, history)


def _assert_explained(connection: duckdb.DuckDBPyConnection) -> None:
    row = _only(connection, UNEXPLAINED)
    _show(row)
    assert row["valued_days"] == row["account_days"] >= MILLION.accounts * MILLION.days // 2
    for name in ("by_pnl", "by_total_pnl", "by_explain", "stated_unexplained"):
        assert row[name] is not None
        assert row[name] <= CENT, name


def _assert_exact(connection: duckdb.DuckDBPyConnection, history: BulkHistory) -> None:
    connection.register("expected_trades", history.position_after)
    trades = _only(connection, TRADES_BESIDE_TARGETS)
    _show(trades)
    assert trades["differing"] == trades["differing_cost"] == 0
    assert trades["flat_count"] > trades["trade_count"] // 20
    lots = connection.execute(LOTS_BESIDE_POSITIONS).to_arrow_table()
    assert lots.num_rows == 3  # first in, last in, highest first
    for row in lots.to_pylist():
        _show(row)
        assert row["open_count"] > 0
        assert row["differing"] == 0, row["cost_method"]


def _only(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, Any]:
    table: pa.Table = connection.execute(query).to_arrow_table()
    (row,) = table.to_pylist()
    return dict(row)


def _show(row: dict[str, Any]) -> None:
    figures = [f"{value:,}" if isinstance(value, int | float) else value for value in row.values()]
    words = ", ".join(f"{name} {figure}" for name, figure in zip(row, figures, strict=True))
    print(words)  # noqa: T201 - shown by pytest -rP
