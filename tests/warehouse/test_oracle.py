"""The warehouse says what an independent implementation says, on every world, table by table."""

import pytest

from tests.warehouse.building import failed
from tests.warehouse.comparing import (
    Comparison,
    assert_no_differences,
    difference_in_pct,
    difference_of_money,
    exactly,
    figure,
    money,
    unit_price,
)
from tests.warehouse.conftest import World

ACCOUNT_DAY = ("account_id", "value_date")
POSITION_DAY = ("account_id", "symbol", "value_date")
SCOPE_DAY = ("scope_type", "scope_id", "value_date")
PIECE = ("account_id", "symbol", "open_trade_id", "close_trade_id", "place")
CLOSED_LOT = {
    "quantity": exactly,
    "open_price": unit_price,
    "close_price": unit_price,
    "realized_pnl": money,
    "is_short": exactly,
}


def pieces_in_order(table: str) -> str:
    """Closed pieces with the place of each among those of its two trades."""
    return f"""(
        select *, row_number() over (
            partition by cost_method, account_id, symbol, open_trade_id, close_trade_id
            order by piece_number, close_action_id
        ) as place
        from {table}
    )"""  # noqa: S608 - our own names


COMPARISONS = [
    Comparison(
        "main_facts.fact_trades",
        ("trade_id",),
        {
            "account_id": exactly,
            "symbol": exactly,
            "side": exactly,
            "quantity": exactly,
            "price": exactly,
            "fees": exactly,
            "executed_at": exactly,
            "trade_date": exactly,
            "value_date": exactly,
            "position_after": exactly,
            "avg_cost_after": figure,
            "realized_pnl": money,
            "realized_pnl_fifo": money,
        },
    ),
    Comparison(
        "main_facts.fact_corporate_actions",
        ("action_id", "account_id", "symbol"),
        {
            "type": exactly,
            "currency": exactly,
            "ex_date": exactly,
            "value_date": exactly,
            "position_before": exactly,
            "position_after": exactly,
            "avg_cost_after": figure,
            "realized_pnl": money,
            "dividend_amount": money,
            "returned_capital_amount": money,
            "local_paid_amount": money,
        },
        may_be_empty=True,
    ),
    Comparison(
        "main_facts.fact_closed_lots",
        ("cost_method", *PIECE),
        CLOSED_LOT,
        source=pieces_in_order("main_facts.fact_closed_lots"),
    ),
    Comparison(
        "main_facts.fact_lot_matches",
        PIECE,
        CLOSED_LOT,
        source=pieces_in_order("main_facts.fact_lot_matches"),
    ),
    Comparison(
        "main_facts.fact_open_lots",
        ("cost_method", "account_id", "symbol", "lot_number"),
        {
            "open_trade_id": exactly,
            "open_date": exactly,
            "open_quantity": exactly,
            "open_price": unit_price,
        },
    ),
    Comparison(
        "main_facts.fact_cash_events",
        ("event_id",),
        {
            "account_id": exactly,
            "type": exactly,
            "amount": exactly,
            "value_date": exactly,
            "is_external_flow": exactly,
        },
    ),
    Comparison(
        "main_facts.fact_security_transfers",
        ("event_id",),
        {
            "account_id": exactly,
            "symbol": exactly,
            "direction": exactly,
            "quantity": exactly,
            "value_date": exactly,
            "local_cost": money,
            "cost_basis": money,
            "market_value": money,
            "is_external_flow": exactly,
        },
        may_be_empty=True,
    ),
    Comparison(
        "main_facts.fact_prices_daily",
        ("symbol", "value_date"),
        {"close_price": unit_price, "return_pct": figure, "stale_days": exactly},
    ),
    Comparison(
        "main_facts.fact_cash_balances_daily",
        ("account_id", "currency", "value_date"),
        {"cash_balance": money, "fx_rate": figure, "fx_stale_days": exactly, "cash_value": money},
    ),
    Comparison(
        "main_facts.fact_positions_daily",
        POSITION_DAY,
        {
            "currency": exactly,
            "cumulative_position": exactly,
            "avg_cost_per_share": figure,
            "close_price": unit_price,
            "stale_days": exactly,
            "fx_rate": figure,
            "fx_stale_days": exactly,
            "market_value": money,
            "cost_basis": money,
            "unrealized_pnl": money,
            "realized_pnl_to_date": money,
            "value_status": exactly,
        },
    ),
    Comparison(
        "main_facts.fact_portfolio_value_daily",
        ACCOUNT_DAY,
        {
            "base_currency": exactly,
            "total_value": money,
            "cash_balance": money,
            "positions_value": money,
            "net_external_flow": money,
            "value_status": exactly,
        },
    ),
    Comparison(
        "main_facts.fact_pnl_daily",
        POSITION_DAY,
        {
            "realized_pnl": money,
            "unrealized_pnl": money,
            "unrealized_pnl_change": money,
            "dividends": money,
            "interest": money,
            "fees": money,
            "fx_pnl": money,
            "total_pnl": money,
        },
    ),
    Comparison(
        "main_metrics.pnl_explain_daily",
        POSITION_DAY,
        {
            "price_pnl": money,
            "fx_pnl": money,
            "cross_pnl": money,
            "trading_pnl": money,
            "dividends": money,
            "interest": money,
            "fees": money,
            "fx_cash_pnl": money,
            "explained_pnl": money,
            "total_pnl": money,
            "unexplained": money,
        },
    ),
    Comparison(
        "main_facts.fact_scope_value_daily",
        SCOPE_DAY,
        {
            "value_status": exactly,
            "total_value": money,
            "external_inflow": money,
            "external_outflow": money,
        },
    ),
    Comparison(
        "main_metrics.scope_returns",
        SCOPE_DAY,
        {
            "return_status": exactly,
            "segment_id": exactly,
            "daily_return_pct": difference_in_pct,
            "wealth_index": figure,
        },
    ),
    Comparison(
        "main_metrics.daily_returns",
        ACCOUNT_DAY,
        {"return_status": exactly, "segment_id": exactly, "daily_return_pct": difference_in_pct},
    ),
    Comparison(
        "main_metrics.cumulative_returns",
        ACCOUNT_DAY,
        {"cumulative_return_pct": figure, "wealth_index": figure},
    ),
    Comparison(
        "main_metrics.scope_drawdown",
        SCOPE_DAY,
        {"drawdown_pct": figure, "max_drawdown_pct": figure},
    ),
    Comparison(
        "main_metrics.drawdown",
        ACCOUNT_DAY,
        {"drawdown_pct": figure, "max_drawdown_pct": figure},
    ),
    Comparison("main_metrics.scope_volatility", SCOPE_DAY, {"annualized_volatility_pct": figure}),
    Comparison(
        "main_metrics.rolling_volatility", ACCOUNT_DAY, {"annualized_volatility_pct": figure}
    ),
    Comparison(
        "main_metrics.performance_summary",
        ("scope_type", "scope_id"),
        {
            "total_return_pct": figure,
            "cagr_pct": figure,
            "annualized_volatility_pct": figure,
            "sharpe_ratio": figure,
            "sortino_ratio": figure,
            "calmar_ratio": figure,
            "max_drawdown_pct": figure,
            "observation_count": exactly,
            "xirr_pct": figure,
            "xirr_status": exactly,
            "modified_dietz_pct": figure,
        },
    ),
    Comparison(
        "main_metrics.value_at_risk",
        (*SCOPE_DAY, "method", "confidence_pct", "horizon_days"),
        {
            "status": exactly,
            "window_days": exactly,
            "observation_count": exactly,
            "proxied_pct": figure,
            "var_amount": difference_of_money,
            "es_amount": difference_of_money,
            "var_pct": figure,
            "es_pct": figure,
        },
    ),
    Comparison(
        "main_metrics.stress_test_outcomes",
        ("scenario_id", *SCOPE_DAY),
        {
            "scenario_name": exactly,
            "scenario_kind": exactly,
            "pnl_amount": difference_of_money,
            "pnl_pct": figure,
            "is_fallback": exactly,
            "unshocked_pct": figure,
            "status": exactly,
        },
    ),
]


def test_every_data_test_passes(world: World) -> None:
    assert failed(world.warehouse.outcome) == []


@pytest.mark.parametrize("comparison", COMPARISONS, ids=lambda each: each.table.split(".")[1])
def test_the_warehouse_equals_the_oracle(world: World, comparison: Comparison) -> None:
    expected = getattr(world.expected, comparison.table.split(".")[1])()
    assert_no_differences(comparison.differences(world.warehouse, expected), comparison.table)


def test_rates_are_those_of_the_oracle_and_none_that_is_needed_is_missing(world: World) -> None:
    stored = world.warehouse.rows("""
        select base_currency, quote_currency, value_date, rate, fx_stale_days
        from main_facts.fact_fx_rates_daily
    """)
    lines = []
    for base, quote, day, is_rate, is_stale in stored:
        rate, stale_days = world.expected.rate(base, quote, day)
        if is_stale != stale_days or (rate is not None and not figure(is_rate, rate)):
            lines.append(f"{(base, quote, day)}: {is_rate} and not {rate and float(rate)}")
    assert_no_differences(lines, "fact_fx_rates_daily")
    known = {(base, quote, day) for base, quote, day, is_rate, _ in stored if is_rate is not None}
    needed = {key for key in world.expected.needed_rates() if key[0] != key[1]}
    assert needed <= known
