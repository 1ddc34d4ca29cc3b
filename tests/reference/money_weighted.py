"""Money-weighted returns since inception: XIRR and modified Dietz (metrics.md, 2 and 5)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from tests.reference.scopes import Valuation

SHORTEST_DAYS = 30
"""Below it a yearly rate says nothing."""
NOTHING = 0.005
"""Flows of a day that net to less are none."""
LOWEST_RATE, HIGHEST_RATE = -0.9999, 1e6
SCANNED_POINTS = 400
DAYS_PER_YEAR = 365


@dataclass(frozen=True, slots=True)
class MoneyWeighted:
    """What the money in a scope earned, in percent: XIRR a year, modified Dietz in all."""

    xirr_pct: float | None
    xirr_status: str
    modified_dietz_pct: float | None


def _root(
    function: Callable[[float], float], left: float, right: float, value_left: float
) -> float:
    """Bisect until nothing lies between; function(left) is value_left, the signs differ."""
    while True:
        middle = (left + right) / 2
        if middle in (left, right):
            return middle
        value = function(middle)
        if value == 0:
            return middle
        if (value > 0) == (value_left > 0):
            left = middle
        else:
            right = middle


def xirr(flows: Mapping[date, float]) -> tuple[float | None, str]:
    """Solve sum CF_i * (1 + r)^(-(d_i - d_0) / 365) = 0.

    Args:
        flows: Net flow of each date as the investor sees it: what is paid in is negative.

    Returns:
        The rate as a ratio, and ok, no_sign_change or multiple_roots (then no rate).
    """
    start = min(flows)

    def present_value(log_growth: float) -> float:
        return math.fsum(
            flow * math.exp(-log_growth * (day - start).days / DAYS_PER_YEAR)
            for day, flow in flows.items()
        )

    lowest, highest = math.log1p(LOWEST_RATE), math.log1p(HIGHEST_RATE)
    step = (highest - lowest) / (SCANNED_POINTS - 1)
    points = [lowest + number * step for number in range(SCANNED_POINTS)]
    values = [present_value(point) for point in points]
    brackets = [
        place for place in range(SCANNED_POINTS - 1) if values[place] * values[place + 1] < 0
    ]
    if len(brackets) > 1:
        return None, "multiple_roots"
    if not brackets:
        return None, "no_sign_change"
    place = brackets[0]
    root = _root(present_value, points[place], points[place + 1], values[place])
    return math.expm1(root), "ok"


def modified_dietz(values: Mapping[date, Valuation]) -> float | None:
    """(V1 - F) / sum w_i * F_i as a ratio: V0 is 0, so the first day's flow has weight 1.

    A flow on day d of T has weight (T - d) / T; a denominator of 0 or less gives None.
    """
    first, last = min(values), max(values)
    length = (last - first).days
    capital, paid_in = 0.0, 0.0
    for day, row in values.items():
        if row.inflow is None or row.outflow is None:
            return None
        flow = float(row.inflow - row.outflow)
        weight = 1.0 if day == first else (length - (day - first).days) / length
        capital += weight * flow
        paid_in += flow
    end = values[last].total_value
    return None if end is None or capital <= 0 else (float(end) - paid_in) / capital


def money_weighted(values: Mapping[date, Valuation]) -> MoneyWeighted:
    """Both figures of a scope from its first to its last day.

    Status, in this order: missing_fx, no_capital (nothing was ever paid in), total_loss, too_short
    (counted from the first flow), then that of the equation.
    """
    dietz = modified_dietz(values)
    dietz_pct = None if dietz is None else 100 * dietz
    flows: dict[date, float] = {}
    for day, row in values.items():
        if row.inflow is None or row.outflow is None:
            return MoneyWeighted(None, "missing_fx", None)
        if abs(row.outflow - row.inflow) >= NOTHING:
            flows[day] = float(row.outflow - row.inflow)
    last = max(values)
    end = values[last].total_value
    if end is None:
        return MoneyWeighted(None, "missing_fx", None)
    if not any(flow < 0 for flow in flows.values()):
        return MoneyWeighted(None, "no_capital", dietz_pct)
    if end <= 0 and not any(flow > 0 for flow in flows.values()):
        return MoneyWeighted(None, "total_loss", dietz_pct)
    if (last - min(flows)).days < SHORTEST_DAYS:
        return MoneyWeighted(None, "too_short", dietz_pct)
    flows[last] = flows.get(last, 0.0) + float(end)
    rate, status = xirr(flows)
    return MoneyWeighted(None if rate is None else 100 * rate, status, dietz_pct)
