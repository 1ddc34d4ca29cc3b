"""Historical simulation: today's holdings under the returns of past days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DATES_PER_BLOCK = 128
"""Days valued in one matrix product: bounds the memory to a few megabytes."""


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
