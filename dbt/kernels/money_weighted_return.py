"""Money-weighted return: the yearly rate at which what came out pays for what was put in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LOWEST_RATE, HIGHEST_RATE = -0.9999, 1e6
SCAN_POINTS = 400
SHORTEST_SPAN = 30
"""Days below which a rate a year is an extrapolation: one day of +1 % would be 3,678 % a year."""
DAYS_PER_YEAR = 365
HALF_A_CENT = 0.005
"""Values and net flows below this count as nothing."""
NOISE = 1e-13
"""Share of all cash flows below which their balance is rounding."""
SMALLEST_STEP = 1e-16
"""Of log(1 + r), where bisection ends; beyond r = 1 the next double is further away than that."""


@dataclass(frozen=True)
class MoneyWeightedReturn:
    """A rate, or the reason why there is none."""

    rate: float | None
    """Ratio a year: 0.1 is 10 %; None unless the status is `ok`."""
    status: str
    """`ok`, `missing_fx`, `no_capital`, `total_loss`, `too_short`, `no_sign_change` or
    `multiple_roots`; the first that applies, in the order of `money_weighted_return`."""


@dataclass(frozen=True)
class Span:
    """A time in which there was money: from the day it came until nothing was left, or to now."""

    flow_days: Ints
    """Day numbers of the flows, in any order, a day as often as it likes; shape (flows,)."""
    flows: Floats
    """Money, positive into the scope and negative out of it, NaN where it is unknown; shape
    (flows,)."""
    end_day: int
    """Day number of the last valuation."""
    final_value: float
    """Money that is there at the end of that day, NaN where it is unknown."""

    def __post_init__(self) -> None:
        """Refuse shapes that do not fit together, and a flow after the last valuation."""
        if self.flow_days.ndim != 1 or self.flow_days.shape != self.flows.shape:
            raise ValueError("flow_days and flows need one entry per flow")
        if len(self.flow_days) and self.flow_days.max() > self.end_day:
            raise ValueError("no flow may come after the last valuation")


def money_weighted_return(spans: Sequence[Span]) -> MoneyWeightedReturn:
    """Solve sum_i CF_i * (1 + r)^(-(d_i - d_0) / 365) = 0 for r, as Excel's XIRR does.

    CF is minus the net flow of its day; the final value is one more payment out, on the last day
    (metrics.md, "XIRR / MWR" and section 5, "Returns over time"). Roots are looked for on 400
    points of log(1 + r), evenly spread over rates from -99.99 % to 1e6, and bisected there. Two
    roots that are closer than one step (1 + r differs by less than 6 %) are not seen.

    Several spans are linked: each has a rate of its own, what they made of 1 one after the other is
    stated a year of the days with capital. Days between spans count nowhere, and neither does a
    span into which no day brought money.

    Args:
        spans: In the order of time.

    Returns:
        The rate with `ok`, else None with the first status that applies: `missing_fx` something is
        unknown; `no_capital` no day brought money in; `total_loss` a span ends with nothing and no
        day of it took money out; `too_short` less than 30 days with capital; `no_sign_change` a
        span without a root; `multiple_roots` one with more than one.
    """
    if any(math.isnan(span.final_value) or np.isnan(span.flows).any() for span in spans):
        return MoneyWeightedReturn(None, "missing_fx")
    funded = [span for span in spans if (_netted(span.flow_days, span.flows)[1] > 0).any()]
    if not funded:
        return MoneyWeightedReturn(None, "no_capital")
    if any(_is_lost(span) for span in funded):
        return MoneyWeightedReturn(None, "total_loss")
    days = sum(_length(span) for span in funded)
    if days < SHORTEST_SPAN:
        return MoneyWeightedReturn(None, "too_short")

    lasting = [span for span in funded if _length(span)]
    roots = [_roots(*_payments(span)) for span in lasting]
    if not all(roots):
        return MoneyWeightedReturn(None, "no_sign_change")
    if any(len(several) > 1 for several in roots):
        return MoneyWeightedReturn(None, "multiple_roots")
    log_growth = sum(
        root * (_length(span) / days) for span, (root,) in zip(lasting, roots, strict=True)
    )
    # Fifteen places are what the sums can tell; what is nothing is no negative nothing.
    return MoneyWeightedReturn(math.expm1(round(log_growth, 15) + 0.0), "ok")


def _length(span: Span) -> int:
    """Days from the first flow to the end."""
    days, _ = _netted(span.flow_days, span.flows)
    return span.end_day - int(days[0])


def _is_lost(span: Span) -> bool:
    """Is nothing left, and did no day take money out? A single day is not netted."""
    flows = _netted(span.flow_days, span.flows)[1] if _length(span) else span.flows
    return span.final_value < HALF_A_CENT and not (flows < 0).any()


def _payments(span: Span) -> tuple[Floats, Floats]:
    """Years since the first flow, and what was paid then as the investor sees it."""
    days, invested = _netted(span.flow_days, span.flows)
    first = days[0]
    days, payments = _netted(np.append(days, span.end_day), np.append(-invested, span.final_value))
    return (days - first) / DAYS_PER_YEAR, payments


def _netted(days: Ints, amounts: Floats) -> tuple[Ints, Floats]:
    """One sum a day, ascending; a day whose sum is less than half a cent is none."""
    different, place = np.unique(days, return_inverse=True)
    sums = np.zeros(len(different))
    np.add.at(sums, place, amounts)
    is_something = np.abs(sums) >= HALF_A_CENT
    return different[is_something], sums[is_something]


def _roots(years: Floats, payments: Floats) -> list[float]:
    """The log(1 + r) at which the payments balance, as far as the scan tells them apart."""
    points = np.linspace(math.log1p(LOWEST_RATE), math.log1p(HIGHEST_RATE), SCAN_POINTS)
    balances = _balance(points, years, payments)
    # A root on a point is found between its neighbours; at an end there is but one.
    others = np.flatnonzero(np.abs(balances) > NOISE)
    roots = [float(points[end]) for end in (0, SCAN_POINTS - 1) if end not in others]
    for left in np.flatnonzero(np.diff(balances[others] > 0)):
        between = (float(points[others[left]]), float(points[others[left + 1]]))
        roots.append(_bisected(between, years, payments))
    return roots


def _bisected(between: tuple[float, float], years: Floats, payments: Floats) -> float:
    """The root between two points at which the balance has different signs."""
    low, high = between
    is_positive_at_low = _balance(np.array([low]), years, payments)[0] > 0
    while True:
        middle = (low + high) / 2
        if middle in (low, high) or high - low < SMALLEST_STEP:
            return middle
        if (_balance(np.array([middle]), years, payments)[0] > 0) == is_positive_at_low:
            low = middle
        else:
            high = middle


def _balance(points: Floats, years: Floats, payments: Floats) -> Floats:
    """Sum of the discounted payments over the sum of their sizes, at each log(1 + r).

    Discounted to the first payment where r > 0, else to the last: no power grows beyond all bounds,
    and the sign is the same. Shapes: points (points,), years and payments (payments,).
    """
    origin = np.where(points > 0, years[0], years[-1])
    worth = payments * np.exp((origin[:, np.newaxis] - years) * points[:, np.newaxis])
    return np.asarray(worth.sum(axis=1) / np.abs(worth).sum(axis=1))
