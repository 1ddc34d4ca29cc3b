"""What users and their scripts rely on: tables, columns and types, and four queries."""

VALUE = "double"
ID = "varchar"
QUANTITY = "decimal(28,8)"
EVENT_AMOUNT = "decimal(28,8)"
PRICE = "decimal(28,10)"
DATE = "date"
MOMENT = "timestamp"
DAYS = "integer"
COUNT = "integer"
FLAG = "boolean"

TABLES: dict[str, dict[str, str]] = {
    "main_staging.stg_trades": {
        "trade_id": ID,
        "account_id": ID,
        "symbol": ID,
        "side": ID,
        "quantity": QUANTITY,
        "price": PRICE,
        "fees": EVENT_AMOUNT,
        "executed_at": MOMENT,
    },
    "main_staging.stg_prices": {"symbol": ID, "close_price": PRICE},
    "main_staging.stg_cash_events": {
        "event_id": ID,
        "account_id": ID,
        "type": ID,
        "amount": EVENT_AMOUNT,
    },
    "main_dimensions.dim_account": {"account_id": ID},
    "main_dimensions.dim_symbol": {"symbol": ID},
    "main_dimensions.dim_date": {"date": DATE, "is_trading_day": FLAG},
    "main_facts.fact_trades": {
        "trade_id": ID,
        "account_id": ID,
        "symbol": ID,
        "side": ID,
        "quantity": QUANTITY,
        "price": PRICE,
        "fees": EVENT_AMOUNT,
        "executed_at": MOMENT,
        "trade_date": DATE,
        "value_date": DATE,
        "position_after": QUANTITY,
        "avg_cost_after": VALUE,
        "realized_pnl": VALUE,
        "realized_pnl_fifo": VALUE,
    },
    "main_facts.fact_lot_matches": {
        "account_id": ID,
        "symbol": ID,
        "open_trade_id": ID,
        "close_trade_id": ID,
        "quantity": QUANTITY,
        "open_price": PRICE,
        "close_price": PRICE,
        "realized_pnl": VALUE,
        "is_short": FLAG,
    },
    "main_facts.fact_cash_events": {
        "event_id": ID,
        "account_id": ID,
        "type": ID,
        "amount": EVENT_AMOUNT,
        "value_date": DATE,
        "is_external_flow": FLAG,
    },
    "main_facts.fact_prices_daily": {
        "symbol": ID,
        "value_date": DATE,
        "close_price": PRICE,
        "return_pct": VALUE,
        "stale_days": DAYS,
    },
    "main_facts.fact_positions_daily": {
        "account_id": ID,
        "symbol": ID,
        "value_date": DATE,
        "cumulative_position": QUANTITY,
        "avg_cost_per_share": VALUE,
        "close_price": PRICE,
        "stale_days": DAYS,
        "market_value": VALUE,
        "cost_basis": VALUE,
        "unrealized_pnl": VALUE,
        "realized_pnl_to_date": VALUE,
    },
    "main_facts.fact_portfolio_value_daily": {
        "account_id": ID,
        "value_date": DATE,
        "total_value": VALUE,
        "cash_balance": VALUE,
        "positions_value": VALUE,
        "net_external_flow": VALUE,
    },
    "main_facts.fact_pnl_daily": {
        "account_id": ID,
        "symbol": ID,
        "value_date": DATE,
        "realized_pnl": VALUE,
        "unrealized_pnl": VALUE,
        "unrealized_pnl_change": VALUE,
        "dividends": VALUE,
        "interest": VALUE,
        "fees": VALUE,
        "fx_pnl": VALUE,
        "total_pnl": VALUE,
    },
    "main_facts.fact_booking_exceptions": {
        "record_type": ID,
        "record_id": ID,
        "reason": ID,
        "account_id": ID,
        "symbol": ID,
        "event_date": DATE,
        "detail": ID,
        "is_booked": FLAG,
    },
    "main_facts.fact_event_findings": {
        "kind": ID,
        "event_key": ID,
        "reason": ID,
        "account_id": ID,
        "symbol": ID,
        "event_date": DATE,
        "detail": ID,
        "is_booked": FLAG,
    },
    "main_metrics.daily_returns": {
        "account_id": ID,
        "value_date": DATE,
        "daily_return_pct": VALUE,
        "return_status": ID,
    },
    "main_metrics.cumulative_returns": {
        "account_id": ID,
        "value_date": DATE,
        "cumulative_return_pct": VALUE,
        "wealth_index": VALUE,
    },
    "main_metrics.drawdown": {
        "account_id": ID,
        "value_date": DATE,
        "drawdown_pct": VALUE,
        "max_drawdown_pct": VALUE,
    },
    "main_metrics.rolling_volatility": {
        "account_id": ID,
        "value_date": DATE,
        "annualized_volatility_pct": VALUE,
    },
    "main_metrics.value_at_risk": {
        "scope_type": ID,
        "scope_id": ID,
        "value_date": DATE,
        "method": ID,
        "confidence_pct": VALUE,
        "horizon_days": DAYS,
        "window_days": DAYS,
        "observation_count": COUNT,
        "var_amount": VALUE,
        "es_amount": VALUE,
        "var_pct": VALUE,
        "es_pct": VALUE,
        "status": ID,
    },
    "main_metrics.stress_test_outcomes": {
        "scenario_id": ID,
        "scope_type": ID,
        "scope_id": ID,
        "value_date": DATE,
        "scenario_name": ID,
        "scenario_kind": ID,
        "pnl_amount": VALUE,
        "pnl_pct": VALUE,
        "is_fallback": FLAG,
    },
    "main_metrics.performance_summary": {
        "scope_type": ID,
        "scope_id": ID,
        "total_return_pct": VALUE,
        "cagr_pct": VALUE,
        "annualized_volatility_pct": VALUE,
        "sharpe_ratio": VALUE,
        "sortino_ratio": VALUE,
        "calmar_ratio": VALUE,
        "max_drawdown_pct": VALUE,
        "observation_count": COUNT,
    },
}

EXCEPTIONS = {"main_facts.fact_booking_exceptions", "main_facts.fact_event_findings"}
"""They have no row where the books are in order."""

QUERIES = (
    """
    select account_id, value_date, total_value, cash_balance, positions_value
    from main_facts.fact_portfolio_value_daily where account_id = 'ACC001'
    order by value_date desc limit 30;
    """,
    """
    select account_id, symbol, cumulative_position, avg_cost_per_share, unrealized_pnl
    from main_facts.fact_positions_daily where cumulative_position <> 0
    order by unrealized_pnl desc;
    """,
    """
    select account_id, value_date, daily_return_pct, cumulative_return_pct
    from main_metrics.daily_returns dr join main_metrics.cumulative_returns cr
    using (account_id, value_date) order by account_id, value_date desc limit 30;
    """,
    """
    select account_id, max(cumulative_return_pct) as total_return_pct,
    min(max_drawdown_pct) as max_drawdown_pct,
    avg(annualized_volatility_pct) as avg_volatility_pct
    from main_metrics.cumulative_returns cr left join main_metrics.drawdown dd
    using (account_id, value_date) left join main_metrics.rolling_volatility rv
    using (account_id, value_date) group by account_id;
    """,
)
"""Each stands in the README on one line."""
