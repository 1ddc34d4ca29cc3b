"""Hands the days of scopes, and the spans in which they lie, to the kernel."""

from kernels.money_weighted_return import rates


def model(dbt, _session):
    """One row per scope."""
    dbt.config(materialized="table")
    days = (
        dbt.ref("fact_scope_value_daily")
        .set_alias("days")
        .join(
            dbt.ref("fact_capital_spans").set_alias("spans"),
            "days.scope_type = spans.scope_type and days.scope_id = spans.scope_id"
            " and days.value_date between spans.first_date and spans.last_date",
            how="left",
        )
        .project(
            "days.scope_type, days.scope_id, value_date, span_number,"
            " external_inflow, external_outflow, total_value"
        )
    )
    return rates(
        days.to_arrow_table(),
        negligible_amount=dbt.config.get("negligible_amount"),
        days_per_year=dbt.config.get("days_per_year"),
    )
