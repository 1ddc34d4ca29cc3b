"""Money-weighted returns of the days with capital: XIRR, modified Dietz (metrics.md, 2 and 5)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
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


def spans_with_capital(values: Mapping[date, Valuation]) -> list[dict[date, Valuation]]:
    """The days of each span: from a value or a flow after nothing to the next close with nothing.

    Less than half a cent is nothing, what is unknown is something.
    """
    spans: list[dict[date, Valuation]] = []
    is_open = False
    for day in sorted(values):
        row = values[day]
        has_flow = any(flow is None or flow >= NOTHING for flow in (row.inflow, row.outflow))
        is_left = row.total_value is None or abs(row.total_value) >= NOTHING
        if not is_open and (is_left or has_flow):
            spans.append({})
        if is_open or is_left or has_flow:
            spans[-1][day] = row
        is_open = is_left
    return spans


def modified_dietz(values: Mapping[date, Valuation]) -> float | None:
    """(V1 - F) / sum w_i * F_i of a span as a ratio; V0 is 0, so the first day's flow has weight 1.

    A flow on day d of T has weight (T - d) / T. In a span of one day money comes at the start and
    goes at the end. A denominator below half a cent gives None.
    """
    first, last = min(values), max(values)
    length = (last - first).days
    capital, paid_in = 0.0, 0.0
    for day, row in values.items():
        inflow, outflow = float(row.inflow or 0), float(row.outflow or 0)
        paid_in += inflow - outflow
        if length:
            capital += (length - (day - first).days) / length * (inflow - outflow)
        else:
            capital += inflow
    return None if capital < NOTHING else (float(values[last].total_value or 0) - paid_in) / capital


def is_known(values: Mapping[date, Valuation]) -> bool:
    """Are the flows and the last value of a span known?"""
    flows = [flow for row in values.values() for flow in (row.inflow, row.outflow)]
    return None not in (*flows, values[max(values)].total_value)


def linked_dietz(spans: Sequence[Mapping[date, Valuation]]) -> float | None:
    """The returns of the spans with capital one after the other; -1 is the end of them."""
    returns = [result for span in spans if (result := modified_dietz(span)) is not None]
    if len(returns) < 2:
        return returns[0] if returns else None
    return math.prod(max(1 + result, 0.0) for result in returns) - 1


def money_weighted(values: Mapping[date, Valuation]) -> MoneyWeighted:
    """Both figures of a scope over its spans with capital; none if a flow or end is unknown."""
    spans = spans_with_capital(values)
    if not all(is_known(span) for span in spans):
        return MoneyWeighted(None, "missing_fx", None)
    rate, status = linked_xirr(spans)
    dietz = linked_dietz(spans)
    return MoneyWeighted(
        None if rate is None else 100 * rate, status, None if dietz is None else 100 * dietz
    )


def linked_xirr(spans: Sequence[Mapping[date, Valuation]]) -> tuple[float | None, str]:
    """The rates of known spans, linked and stated a year of their days, as a ratio.

    Status, in this order: no_capital (nothing was ever paid in), total_loss (of any span),
    too_short (days of all spans, each from its first flow), then those of the equations. A span
    into which nothing was paid counts for nothing.
    """
    growth, total_days = 1.0, 0
    statuses = set()
    for span in spans:
        net = {day: float((row.outflow or 0) - (row.inflow or 0)) for day, row in span.items()}
        flows = {day: flow for day, flow in net.items() if abs(flow) >= NOTHING}
        if all(flow > 0 for flow in flows.values()):
            continue
        last = max(span)
        end = float(span[last].total_value or 0)
        days = (last - min(flows)).days
        total_days += days
        paid_out = max(flows.values()) if days else float(span[last].outflow or 0)
        statuses.add("total_loss" if end < NOTHING and paid_out <= 0 else "funded")
        if days:
            flows[last] = flows.get(last, 0.0) + end
            rate, status = xirr(flows)
            statuses.add(status)
            growth *= (1 + (rate or 0.0)) ** (days / DAYS_PER_YEAR)
    if not statuses:
        return None, "no_capital"
    if total_days < SHORTEST_DAYS:
        statuses.add("too_short")
    for failed in ("total_loss", "too_short", "no_sign_change", "multiple_roots"):
        if failed in statuses:
            return None, failed
    return growth ** (DAYS_PER_YEAR / total_days) - 1, "ok"
