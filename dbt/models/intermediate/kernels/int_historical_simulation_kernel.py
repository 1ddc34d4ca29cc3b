"""Hands holdings and scenario returns to the kernel."""

from kernels.historical_simulation import simulate


def model(dbt, _session):
    """One row per scope and changed day on which it holds something."""
    dbt.config(materialized="table")
    scopes = dbt.ref("dim_scope").project("scope_type, scope_id, calendar, currency")
    holdings = (
        dbt.ref("fact_scope_positions_daily")
        .join(dbt.ref("int_scopes_changed"), "scope_type, scope_id")
        .filter("value_date >= first_changed_date")
        .join(scopes, "scope_type, scope_id")
        .project("scope_type, scope_id, calendar, currency, symbol, value_date, market_value")
    )
    return simulate(
        holdings.to_arrow_table(),
        dbt.ref("fact_scenario_returns_daily").to_arrow_table(),
        window=dbt.config.get("window"),
        confidence_levels=dbt.config.get("confidence_levels"),
    )
