"""The warehouse says what an independent implementation says, on three worlds, table by table."""

import pytest

from tests.warehouse.building import failed
from tests.warehouse.comparing import (
    Comparison,
    assert_no_differences,
    difference_of_money,
    exactly,
    figure,
    money,
)
from tests.warehouse.conftest import World

ACCOUNT_DAY = ("account_id", "value_date")
POSITION_DAY = ("account_id", "symbol", "value_date")
SCOPE_DAY = ("scope_type", "scope_id", "value_date")

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
        "main_facts.fact_lot_matches",
        ("open_trade_id", "close_trade_id"),
        {
            "account_id": exactly,
            "symbol": exactly,
            "quantity": exactly,
            "open_price": exactly,
            "close_price": exactly,
            "realized_pnl": money,
            "is_short": exactly,
        },
    ),
    Comparison(
        "main_facts.fact_open_lots",
        ("open_trade_id",),
        {"account_id": exactly, "symbol": exactly, "open_quantity": exactly, "open_price": exactly},
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
        "main_facts.fact_prices_daily",
        ("symbol", "value_date"),
        {"close_price": exactly, "return_pct": figure, "stale_days": exactly},
    ),
    Comparison(
        "main_facts.fact_positions_daily",
        POSITION_DAY,
        {
            "cumulative_position": exactly,
            "avg_cost_per_share": figure,
            "close_price": exactly,
            "stale_days": exactly,
            "market_value": money,
            "cost_basis": money,
            "unrealized_pnl": money,
            "realized_pnl_to_date": money,
        },
    ),
    Comparison(
        "main_facts.fact_portfolio_value_daily",
        ACCOUNT_DAY,
        {
            "total_value": money,
            "cash_balance": money,
            "positions_value": money,
            "net_external_flow": money,
        },
    ),
    Comparison(
        "main_facts.fact_pnl_daily",
        POSITION_DAY,
        {
            "realized_pnl": money,
            "unrealized_pnl": money,
            "unrealized_pnl_change": money,
            "interest": money,
            "fees": money,
            "total_pnl": money,
        },
    ),
    Comparison(
        "main_facts.fact_scope_value_daily",
        SCOPE_DAY,
        {"total_value": money, "external_inflow": money, "external_outflow": money},
    ),
    Comparison(
        "main_metrics.scope_returns",
        SCOPE_DAY,
        {
            "return_status": exactly,
            "segment_id": exactly,
            "daily_return_pct": figure,
            "wealth_index": figure,
        },
    ),
    Comparison(
        "main_metrics.daily_returns",
        ACCOUNT_DAY,
        {"return_status": exactly, "segment_id": exactly, "daily_return_pct": figure},
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
        },
    ),
]


def test_every_data_test_passes(world: World) -> None:
    assert failed(world.warehouse.outcome) == []


@pytest.mark.parametrize("comparison", COMPARISONS, ids=lambda each: each.table.split(".")[1])
def test_the_warehouse_equals_the_oracle(world: World, comparison: Comparison) -> None:
    expected = getattr(world.expected, comparison.table.split(".")[1])()
    assert_no_differences(comparison.differences(world.warehouse, expected), comparison.table)
