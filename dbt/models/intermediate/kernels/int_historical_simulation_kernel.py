"""Hands holdings and scenario returns to the kernel, scope by scope, and takes its tails back."""

import numpy as np
import pyarrow as pa

from kernels.historical_simulation import worst_losses

SCHEMA = pa.schema(
    [
        ("scope_type", pa.string()),
        ("scope_id", pa.string()),
        ("value_date", pa.date32()),
        ("observation_count", pa.int32()),
        ("worst_losses", pa.list_(pa.float64())),
        ("proxied_pct", pa.float64()),
        ("is_constant", pa.bool_()),
    ]
)


def model(dbt, _session):
    """One row per scope and changed day on which it holds something."""
    dbt.config(materialized="table")
    # Symbols and scopes travel as numbers: millions of strings would cost more than the kernel.
    scopes = dbt.ref("dim_scope").project(
        "scope_type, scope_id, calendar || ' ' || currency as market,"
        " row_number() over (order by scope_type, scope_id) - 1 as scope_number"
    )
    symbols = (
        dbt.ref("fact_scenario_returns_daily")
        .project("symbol")
        .distinct()
        .project("symbol, row_number() over (order by symbol) - 1 as symbol_number")
    )
    holdings = (
        dbt.ref("fact_scope_positions_daily")
        .join(dbt.ref("int_scopes_changed"), "scope_type, scope_id")
        .filter("value_date >= first_changed_date")
        .join(scopes, "scope_type, scope_id")
        .join(symbols, "symbol")
        .project("scope_number, symbol_number, value_date, market_value")
        .order("scope_number")
        .fetchnumpy()
    )
    scenarios = (
        dbt.ref("fact_scenario_returns_daily")
        .join(symbols, "symbol")
        .project(
            "calendar || ' ' || currency as market, symbol_number, value_date,"
            " scenario_return_pct / 100 as scenario_return, is_proxied::double as is_proxied"
        )
        .order("market")
        .fetchnumpy()
    )
    scenarios["market"] = scenarios["market"].astype(str)
    symbol_count = len(symbols)

    worlds = {
        market: _world(_where(scenarios, "market", market), symbol_count)
        for market in np.unique(scenarios["market"])
    }
    tables = [SCHEMA.empty_table()]
    for scope_type, scope_id, market, number in scopes.order("scope_number").fetchall():
        held = _where(holdings, "scope_number", number)
        if len(held["value_date"]) and market in worlds:
            limits = {"window": dbt.config.get("window"), "tail": dbt.config.get("tail")}
            tables.append(_simulate(scope_type, scope_id, held, worlds[market], limits))
    return pa.concat_tables(tables)


def _where(rows, column, value):
    """The rows of which a column, by which they are sorted, has one value."""
    part = slice(
        np.searchsorted(rows[column], value, side="left"),
        np.searchsorted(rows[column], value, side="right"),
    )
    return {name: values[part] for name, values in rows.items()}


def _matrix(rows, column, days, symbol_count):
    """Spread long rows over days and symbols; 0 where there is none."""
    matrix = np.zeros((len(days), symbol_count))
    matrix[np.searchsorted(days, rows["value_date"]), rows["symbol_number"]] = rows[column]
    return matrix


def _world(rows, symbol_count):
    """The scenario days of a calendar with every symbol's return, and whether it is a proxy's."""
    days = np.unique(rows["value_date"])
    return (
        days,
        _matrix(rows, "scenario_return", days, symbol_count),
        _matrix(rows, "is_proxied", days, symbol_count) > 0,
    )


def _simulate(scope_type, scope_id, held, world, limits):
    """The tails of one scope, as rows."""
    scenario_days, scenario_returns, is_proxied = world
    days = np.unique(held["value_date"])
    own = np.unique(held["symbol_number"])
    market_values = _matrix(held, "market_value", days, scenario_returns.shape[1])
    tails = worst_losses(
        market_values[:, own],
        scenario_returns[:, own],
        is_proxied[:, own],
        np.searchsorted(scenario_days, days, side="right"),
        **limits,
    )
    return pa.table(
        {
            "scope_type": [scope_type] * len(days),
            "scope_id": [scope_id] * len(days),
            "value_date": days.astype("datetime64[D]"),
            "observation_count": tails.observation_count,
            "worst_losses": tails.worst_losses,
            "proxied_pct": tails.proxied_pct,
            "is_constant": tails.is_constant,
        },
        SCHEMA,
    )
