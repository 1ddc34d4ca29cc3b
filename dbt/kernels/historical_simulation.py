"""Historical simulation: today's holdings under the returns of past days."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

Rows = dict[str, NDArray[Any]]
"""A table's columns, by name."""

DATES_PER_BLOCK = 128
"""Days valued in one matrix product: bounds the memory to a few megabytes."""

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


class World(NamedTuple):
    """The scenarios of one market: a calendar, and a currency to count in."""

    days: NDArray[np.datetime64]
    """Oldest first; shape (scenarios,)."""
    returns: Floats
    """As ratios; shape (scenarios, symbols)."""
    is_proxied: NDArray[np.bool_]
    """Was the return a proxy's? Shape (scenarios, symbols)."""


@dataclass(frozen=True)
class TailLosses:
    """The worst of a window of simulated profits and losses, one entry a day."""

    observation_count: Ints
    """Scenarios in the window; shape (days,)."""
    worst_losses: list[Floats]
    """Losses in money, largest first, at most `tail` of them; one array a day."""
    proxied_pct: Floats
    """Percent of the gross value, over all scenarios, whose return was a proxy's; shape (days,)."""
    is_constant: NDArray[np.bool_]
    """Did every scenario give the same profit? Shape (days,)."""


def simulate(
    holdings: pa.Table, scenarios: pa.Table, *, window: int, confidence_levels: Sequence[float]
) -> pa.Table:
    """The worst losses of each scope and day, from tables of whole scopes.

    Args:
        holdings: scope_type, scope_id, their calendar and currency, symbol, value_date and
            market_value. A symbol of which there is no scenario is left out, and a scope whose
            market has none.
        scenarios: calendar, currency, symbol, value_date, scenario_return_pct and is_proxied.
        window: Longest window, in scenarios.
        confidence_levels: In percent; the lowest needs the most losses.

    Returns:
        One row per scope and day with a holding, of SCHEMA.
    """
    # Sums of doubles have an order, that of the symbols: two builds agree in the last digit.
    symbols = pc.unique(scenarios["symbol"]).sort()
    worlds = {
        market: _world(rows, len(symbols))
        for market, rows in _parts(scenarios, ("calendar", "currency"), symbols)
    }
    keys = ("scope_type", "scope_id", "calendar", "currency")
    tables = [SCHEMA.empty_table()]
    for (scope_type, scope_id, *market), held in _parts(holdings, keys, symbols):
        world = worlds.get(tuple(market))
        if world is None:
            continue
        days = np.unique(held["value_date"])
        own = np.unique(held["symbol_number"])
        tails = worst_losses(
            _matrix(held, "market_value", days, len(symbols))[:, own],
            world.returns[:, own],
            world.is_proxied[:, own],
            np.searchsorted(world.days, days, side="right"),
            window=window,
            tail=tail_length(window, confidence_levels),
        )
        columns = {
            "scope_type": [scope_type] * len(days),
            "scope_id": [scope_id] * len(days),
            "value_date": days,
            "observation_count": tails.observation_count,
            "worst_losses": tails.worst_losses,
            "proxied_pct": tails.proxied_pct,
            "is_constant": tails.is_constant,
        }
        tables.append(pa.table(columns, SCHEMA))
    return pa.concat_tables(tables)


def tail_length(window: int, confidence_levels: Sequence[float]) -> int:
    """How many losses the lowest confidence needs, as macros/finance/tail_length.sql says it."""
    return window * round(10_000 - 100 * min(confidence_levels)) // 10_000 + 1


def _parts(
    table: pa.Table, keys: Sequence[str], symbols: pa.Array
) -> Iterator[tuple[tuple[str, ...], Rows]]:
    """The rows of each key, in the order of keys; a symbol becomes its place among all."""
    numbers = pc.index_in(table["symbol"], value_set=symbols)
    table = table.append_column("symbol_number", numbers).drop_columns("symbol")
    table = table.filter(pc.is_valid(numbers))
    key_numbers = np.zeros(len(table), dtype=np.int64)
    names: list[list[str]] = []
    for key in keys:
        of_key = pc.unique(table[key]).sort()
        key_numbers = key_numbers * len(of_key) + pc.index_in(table[key], of_key).to_numpy()
        names.append(of_key.to_pylist())
    order = np.argsort(key_numbers, kind="stable")
    rows = {name: table[name].to_numpy()[order] for name in table.column_names if name not in keys}
    found, starts = np.unique(key_numbers[order], return_index=True)
    sizes = [len(of_key) for of_key in names]
    bounds = pairwise([*starts, len(order)])
    for number, (start, end) in zip(found, bounds, strict=True):
        places = np.unravel_index(number, sizes)
        part = tuple(of_key[place] for of_key, place in zip(names, places, strict=True))
        yield part, {name: values[start:end] for name, values in rows.items()}


def _matrix(rows: Rows, column: str, days: NDArray[np.datetime64], symbol_count: int) -> Floats:
    """Spread long rows over days and symbols; 0 where there is none."""
    matrix = np.zeros((len(days), symbol_count))
    matrix[np.searchsorted(days, rows["value_date"]), rows["symbol_number"]] = rows[column]
    return matrix


def _world(rows: Rows, symbol_count: int) -> World:
    days = np.unique(rows["value_date"])
    return World(
        days,
        _matrix(rows, "scenario_return_pct", days, symbol_count) / 100,
        _matrix(rows, "is_proxied", days, symbol_count) > 0,
    )


def worst_losses(
    market_values: Floats,
    scenario_returns: Floats,
    is_proxied: NDArray[np.bool_],
    scenarios_known: Ints,
    *,
    window: int,
    tail: int,
) -> TailLosses:
    """Revalue the holdings of each day under the returns of the scenarios known by then.

    P&L of day t under scenario s is sum_i MV_i(t) * r_i(s): linear in the holdings (metrics.md,
    section 5, "VaR, ES"). The window of day t holds the last `window` scenarios known at t.

    Args:
        market_values: Money held, signed; shape (days, symbols).
        scenario_returns: Returns as ratios, oldest first; shape (scenarios, symbols).
        is_proxied: Was the return a proxy's? Shape (scenarios, symbols).
        scenarios_known: How many scenarios were known at the close of each day, never falling;
            shape (days,).
        window: Longest window, in scenarios.
        tail: How many of the worst losses to keep.

    Returns:
        The worst losses of each day.

    Raises:
        ValueError: If the shapes do not fit together or window or tail is below 1.
    """
    days, symbols = market_values.shape
    if scenario_returns.shape[1:] != (symbols,) or is_proxied.shape != scenario_returns.shape:
        raise ValueError("scenario_returns and is_proxied need one column per symbol held")
    if scenarios_known.shape != (days,):
        raise ValueError("scenarios_known needs one entry per day")
    if window < 1 or tail < 1:
        raise ValueError("window and tail must be 1 or more")

    counts = np.minimum(scenarios_known, window)
    losses: list[Floats] = []
    proxied = np.zeros(days)
    constant = np.zeros(days, dtype=bool)
    for first in range(0, days, DATES_PER_BLOCK):
        block = slice(first, min(first + DATES_PER_BLOCK, days))
        oldest = int((scenarios_known[block] - counts[block]).min(initial=len(scenario_returns)))
        newest = int(scenarios_known[block].max(initial=0))
        held = market_values[block]
        gross = np.abs(held)
        pnl = held @ scenario_returns[oldest:newest].T
        proxied_gross = gross @ is_proxied[oldest:newest].T.astype(float)
        for row, day in enumerate(range(block.start, block.stop)):
            known, count = int(scenarios_known[day]), int(counts[day])
            of_window = slice(known - count - oldest, known - oldest)
            window_losses = 0.0 - pnl[row, of_window]  # never a negative zero
            losses.append(_largest(window_losses, tail))
            total_gross = float(gross[row].sum())
            if count:
                constant[day] = np.ptp(window_losses) <= 1e-12 * total_gross
            if count and total_gross > 0:
                share = proxied_gross[row, of_window].sum() / (total_gross * count)
                # Rounded: the dust of the sum would make all more than 100 and half more than 50.
                proxied[day] = round(100 * share, 9)
    return TailLosses(counts, losses, proxied, constant)


def _largest(values: Floats, count: int) -> Floats:
    """The `count` largest values, largest first, without sorting the rest."""
    if len(values) > count:
        values = np.partition(values, len(values) - count)[len(values) - count :]
    return np.sort(values)[::-1]
