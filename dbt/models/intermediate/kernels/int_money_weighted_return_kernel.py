"""Hands the flows and the last value of each scope to the kernel, and takes its rate back."""

import numpy as np
import pyarrow as pa

from kernels.money_weighted_return import money_weighted_return

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
    scopes = (
        dbt.ref("fact_scope_value_daily")
        .project(
            "scope_type, scope_id, value_date - date '1970-01-01' as day,"
            " coalesce(external_inflow - external_outflow, 'nan'::double) as net_flow,"
            " coalesce(total_value, 'nan'::double) as total_value"
        )
        .aggregate(
            "scope_type, scope_id,"
            " list(day order by day) filter (where net_flow <> 0) as flow_days,"
            " list(net_flow order by day) filter (where net_flow <> 0) as flows,"
            " max(day) as end_day, max_by(total_value, day) as final_value",
            "scope_type, scope_id",
        )
        .order("scope_type, scope_id")
        .fetchall()
    )
    rows = []
    for scope_type, scope_id, flow_days, flows, end_day, final_value in scopes:
        found = money_weighted_return(
            np.array(flow_days or [], dtype=np.int64),
            np.array(flows or [], dtype=np.float64),
            end_day,
            final_value,
        )
        rows.append(
            {
                "scope_type": scope_type,
                "scope_id": scope_id,
                "xirr_status": found.status,
                "xirr_pct": None if found.rate is None else 100 * found.rate,
            }
        )
    return pa.Table.from_pylist(rows, SCHEMA)
