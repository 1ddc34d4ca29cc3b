"""Money-weighted return: the yearly rate at which what came out pays for what was put in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LOWEST_RATE, HIGHEST_RATE = -0.9999, 1e6
SCAN_POINTS = 400
SHORTEST_SPAN = 30
"""Days below which a rate a year is an extrapolation: one day of +1 % would be 3,678 % a year."""
NOISE = 1e-13
"""Share of all cash flows below which their balance is rounding."""
SMALLEST_STEP = 1e-16
"""Of log(1 + r), where bisection ends; beyond r = 1 the next double is further away than that."""

SCHEMA = pa.schema(
    [
        ("scope_type", pa.string()),
        ("scope_id", pa.string()),
        ("xirr_status", pa.string()),
        ("xirr_pct", pa.float64()),
    ]
)


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


def rates(days: pa.Table, *, negligible_amount: float, days_per_year: int) -> pa.Table:
    """The rate of each scope, from a table of whole scopes.

    Args:
        days: scope_type, scope_id, value_date, external_inflow, external_outflow and total_value,
            null where they are unknown, and the span_number of the day, null where there was no
            money.
        negligible_amount: Values and net flows below this count as nothing.
        days_per_year: What a rate a year counts in.

    Returns:
        One row per scope, of SCHEMA.
    """
    rows = []
    for (scope_type, scope_id), spans in _spans_of_scopes(days).items():
        found = money_weighted_return(
            spans, negligible_amount=negligible_amount, days_per_year=days_per_year
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


def _spans_of_scopes(days: pa.Table) -> dict[tuple[str, str], list[Span]]:
    """The spans of each scope, in the order of time."""
    days = days.sort_by([(name, "ascending") for name in ("scope_type", "scope_id", "value_date")])
    numbers = days["value_date"].cast(pa.int32()).to_numpy().astype(np.int64)
    # What is unknown is no number, and so is what is made of it.
    inflows, outflows, values = (
        pc.fill_null(days[name], math.nan).to_numpy()
        for name in ("external_inflow", "external_outflow", "total_value")
    )
    rows_of: dict[tuple[str, str], dict[int, list[int]]] = {}
    names = (days[name].to_pylist() for name in ("scope_type", "scope_id", "span_number"))
    for row, (scope_type, scope_id, span_number) in enumerate(zip(*names, strict=True)):
        of_scope = rows_of.setdefault((scope_type, scope_id), {})
        if span_number is not None:
            of_scope.setdefault(span_number, []).append(row)
    return {
        scope: [
            _span(numbers[rows], inflows[rows], outflows[rows], values[rows[-1]])
            for rows in of_scope.values()
        ]
        for scope, of_scope in rows_of.items()
    }


def _span(days: Ints, inflows: Floats, outflows: Floats, final_value: float) -> Span:
    """A span from its days, on most of which nothing flows."""
    is_flow = (inflows != 0) | (outflows != 0)
    return Span(
        np.concatenate([days[is_flow], days[is_flow]]),
        np.concatenate([inflows[is_flow], -outflows[is_flow]]),
        int(days[-1]),
        float(final_value),
    )


def money_weighted_return(
    spans: Sequence[Span], *, negligible_amount: float, days_per_year: int
) -> MoneyWeightedReturn:
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
        negligible_amount: Values and net flows below this count as nothing.
        days_per_year: What a rate a year counts in.

    Returns:
        The rate with `ok`, else None with the first status that applies: `missing_fx` something is
        unknown; `no_capital` no day brought money in; `total_loss` a span ends with nothing and no
        day of it took money out; `too_short` less than 30 days with capital; `no_sign_change` a
        span without a root; `multiple_roots` one with more than one.
    """
    if any(math.isnan(span.final_value) or np.isnan(span.flows).any() for span in spans):
        return MoneyWeightedReturn(None, "missing_fx")
    netted = [
        _Netted(
            span, *_sums_of_days(span.flow_days, span.flows, negligible_amount), negligible_amount
        )
        for span in spans
    ]
    funded = [span for span in netted if (span.flows > 0).any()]
    if not funded:
        return MoneyWeightedReturn(None, "no_capital")
    if any(span.is_lost for span in funded):
        return MoneyWeightedReturn(None, "total_loss")
    days = sum(span.length for span in funded)
    if days < SHORTEST_SPAN:
        return MoneyWeightedReturn(None, "too_short")

    lasting = [span for span in funded if span.length]
    payments = [span.payments() for span in lasting]
    roots = [_roots(days_since / days_per_year, amounts) for days_since, amounts in payments]
    if not all(roots):
        return MoneyWeightedReturn(None, "no_sign_change")
    if any(len(several) > 1 for several in roots):
        return MoneyWeightedReturn(None, "multiple_roots")
    log_growth = sum(
        root * (span.length / days) for span, (root,) in zip(lasting, roots, strict=True)
    )
    # Fifteen places are what the sums can tell; what is nothing is no negative nothing.
    return MoneyWeightedReturn(math.expm1(round(log_growth, 15) + 0.0), "ok")


@dataclass(frozen=True)
class _Netted:
    """A span with one sum a day."""

    span: Span
    days: Ints
    flows: Floats
    negligible_amount: float

    @property
    def length(self) -> int:
        """Days from the first flow to the end."""
        return self.span.end_day - int(self.days[0])

    @property
    def is_lost(self) -> bool:
        """Is nothing left, and did no day take money out? A single day is not netted."""
        flows = self.flows if self.length else self.span.flows
        return self.span.final_value < self.negligible_amount and not (flows < 0).any()

    def payments(self) -> tuple[Ints, Floats]:
        """Days since the first flow, and what was paid then as the investor sees it."""
        days, payments = _sums_of_days(
            np.append(self.days, self.span.end_day),
            np.append(-self.flows, self.span.final_value),
            self.negligible_amount,
        )
        return days - self.days[0], payments


def _sums_of_days(days: Ints, amounts: Floats, negligible_amount: float) -> tuple[Ints, Floats]:
    """One sum a day, ascending; a day whose sum is negligible is none."""
    different, place = np.unique(days, return_inverse=True)
    sums = np.zeros(len(different))
    np.add.at(sums, place, amounts)
    is_something = np.abs(sums) >= negligible_amount
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
