"""Hands the flows and the last value of each span to the kernel, and takes its rate back."""

import numpy as np
import pyarrow as pa

from kernels.money_weighted_return import Span, money_weighted_return

SCHEMA = pa.schema(
    [
        ("scope_type", pa.string()),
        ("scope_id", pa.string()),
        ("xirr_status", pa.string()),
        ("xirr_pct", pa.float64()),
    ]
)


def model(dbt, _session):
    """One row per scope."""
    dbt.config(materialized="table")
    # What is unknown travels as NaN: a null would be skipped by the aggregates.
    spans = (
        dbt.ref("fact_scope_value_daily")
        .set_alias("days")
        .join(
            dbt.ref("fact_capital_spans").set_alias("spans"),
            "days.scope_type = spans.scope_type and days.scope_id = spans.scope_id"
            " and days.value_date between spans.first_date and spans.last_date",
            how="left",
        )
        .project(
            "days.scope_type, days.scope_id, span_number, value_date - date '1970-01-01' as day,"
            " coalesce(external_inflow, 'nan'::double) as inflow,"
            " coalesce(external_outflow, 'nan'::double) as outflow,"
            " coalesce(total_value, 'nan'::double) as total_value"
        )
        .aggregate(
            "scope_type, scope_id, span_number,"
            " list(day order by day) filter (where inflow <> 0 or outflow <> 0) as flow_days,"
            " list(inflow order by day) filter (where inflow <> 0 or outflow <> 0) as inflows,"
            " list(outflow order by day) filter (where inflow <> 0 or outflow <> 0) as outflows,"
            " max(day) as end_day, max_by(total_value, day) as final_value",
            "scope_type, scope_id, span_number",
        )
        .order("scope_type, scope_id, span_number")
        .fetchall()
    )
    spans_of = {}
    for scope_type, scope_id, span_number, *span in spans:
        of_scope = spans_of.setdefault((scope_type, scope_id), [])
        if span_number is not None:
            of_scope.append(_span(*span))
    rows = []
    for (scope_type, scope_id), of_scope in spans_of.items():
        found = money_weighted_return(of_scope)
        rows.append(
            {
                "scope_type": scope_type,
                "scope_id": scope_id,
                "xirr_status": found.status,
                "xirr_pct": None if found.rate is None else 100 * found.rate,
            }
        )
    return pa.Table.from_pylist(rows, SCHEMA)


def _span(flow_days, inflows, outflows, end_day, final_value):
    return Span(
        np.array([*(flow_days or []), *(flow_days or [])], dtype=np.int64),
        np.array([*(inflows or []), *(-flow for flow in outflows or [])], dtype=np.float64),
        end_day,
        final_value,
    )
