"""Time-weighted returns and what follows from them (metrics.md, sections 2 and 5)."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tests.reference.fx import total
from tests.reference.scopes import Valuation

HALF_A_CENT = Fraction(5, 1000)
"""Values, flows and P&L below this count as 0 in status tests."""
NO_SPREAD = 1e-12
"""A standard deviation below this is 0."""
ENOUGH_RETURNS = 30
SHORTEST_CAGR_DAYS = 90


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """Return of a day as a ratio (0.01 is 1 %), None without capital or without a rate."""

    daily_return: float | None
    status: str
    segment_id: int

    @property
    def daily_return_pct(self) -> float | None:
        """The return in percent."""
        return None if self.daily_return is None else 100 * self.daily_return


@dataclass(frozen=True, slots=True)
class Drawdown:
    """Distance from the highest wealth so far, and the worst of these so far; both <= 0."""

    drawdown_pct: float
    max_drawdown_pct: float


@dataclass(frozen=True, slots=True)
class Summary:
    """One row of performance_summary."""

    total_return_pct: float | None
    cagr_pct: float | None
    annualized_volatility_pct: float | None
    sharpe_ratio: float | None
    sortino_ratio: float | None
    calmar_ratio: float | None
    max_drawdown_pct: float | None
    observation_count: int


# ------------------------------------------------------------------ daily series


def daily_returns(values: Mapping[date, Valuation]) -> dict[date, ReturnRow]:
    """Time-weighted return r = (V + OUT) / (V_previous + IN) - 1, exact until it is made a float.

    Status, in this order: `missing_fx` (r None) where one of the four is unknown; `no_capital`
    (r None) where V_previous + IN < 0.005; `wiped_out` where V + OUT < 0.005, so that r is -1 or
    worse up to half a cent; else `ok`.
    The first `ok` or `wiped_out` day after a `wiped_out` one starts a new segment.

    Args:
        values: Value and gross flows by day, in any order.
    """
    rows: dict[date, ReturnRow] = {}
    before: Fraction | None = Fraction(0)
    segment, is_wiped_out = 1, False
    for day in sorted(values):
        start = total((before, values[day].inflow))
        end = total((values[day].total_value, values[day].outflow))
        before = values[day].total_value
        if start is None or end is None:
            rows[day] = ReturnRow(None, "missing_fx", segment)
            continue
        if start < HALF_A_CENT:
            rows[day] = ReturnRow(None, "no_capital", segment)
            continue
        segment += is_wiped_out
        is_wiped_out = end < HALF_A_CENT
        status = "wiped_out" if is_wiped_out else "ok"
        rows[day] = ReturnRow(float(end / start - 1), status, segment)
    return rows


def valid_returns(rows: Mapping[date, ReturnRow]) -> dict[date, float]:
    """The observations: days with a return, ascending."""
    returns = {day: rows[day].daily_return for day in sorted(rows)}
    return {day: value for day, value in returns.items() if value is not None}


def wealth_index(rows: Mapping[date, ReturnRow]) -> dict[date, float]:
    """Product of (1 + r) from 1; flat on a day without a return; 0 from a wipe-out on."""
    index: dict[date, float] = {}
    wealth = 1.0
    for day in sorted(rows):
        row = rows[day]
        if row.status == "wiped_out":
            wealth = 0.0
        elif row.daily_return is not None:
            wealth *= 1 + row.daily_return
        index[day] = wealth
    return index


def cumulative_return_pct(index: Mapping[date, float]) -> dict[date, float]:
    """The wealth index as a return in percent since inception."""
    return {day: 100 * (wealth - 1) for day, wealth in index.items()}


def drawdowns(index: Mapping[date, float]) -> dict[date, Drawdown]:
    """D = I / max(1, highest I so far) - 1: inception is a peak too."""
    rows: dict[date, Drawdown] = {}
    peak, worst = 1.0, 0.0
    for day in sorted(index):
        peak = max(peak, index[day])
        drawdown = 100 * (index[day] / peak - 1)
        worst = min(worst, drawdown)
        rows[day] = Drawdown(drawdown, worst)
    return rows


# ------------------------------------------------------------------ statistics


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean."""
    return math.fsum(values) / len(values)


def sample_deviation(values: Sequence[float]) -> float:
    """Standard deviation over n - 1."""
    centre = mean(values)
    return math.sqrt(math.fsum((value - centre) ** 2 for value in values) / (len(values) - 1))


def annualized_volatility_pct(returns: Sequence[float], days_per_year: int) -> float | None:
    """100 * sd * sqrt(days per year); None below 30 returns, 0 where sd < 1e-12."""
    if len(returns) < ENOUGH_RETURNS:
        return None
    deviation = sample_deviation(returns)
    return 0.0 if deviation < NO_SPREAD else 100 * deviation * math.sqrt(days_per_year)


def rolling_volatility(
    rows: Mapping[date, ReturnRow], days_per_year: int, window: int = ENOUGH_RETURNS
) -> dict[date, float | None]:
    """Annualised volatility of the last 30 valid returns, in percent.

    None until there are 30, and on a day without a return of its own.
    """
    result: dict[date, float | None] = dict.fromkeys(sorted(rows))
    returns = valid_returns(rows)
    history = list(returns.values())
    for count, day in enumerate(returns, start=1):
        if count >= window:
            result[day] = annualized_volatility_pct(history[count - window : count], days_per_year)
    return result


def daily_rate(annual_rates: Mapping[date, float], day: date, days_per_year: int) -> float:
    """(1 + rf)^(1 / days per year) - 1 from the last annual rate on or before the day, else 0.

    Args:
        annual_rates: Rate as a ratio (0.05 is 5 %) by the day it begins to hold.
        day: Day of the return.
        days_per_year: 252, or 365 for 24x7.
    """
    days = sorted(annual_rates)
    place = bisect_right(days, day)
    annual = annual_rates[days[place - 1]] if place else 0.0
    return float((1 + annual) ** (1 / days_per_year) - 1)


def sharpe_ratio(excess: Sequence[float], days_per_year: int) -> float | None:
    """Mean over standard deviation of the excess returns, annualised; None below 30 or flat."""
    if len(excess) < ENOUGH_RETURNS:
        return None
    deviation = sample_deviation(excess)
    if deviation < NO_SPREAD:
        return None
    return mean(excess) / deviation * math.sqrt(days_per_year)


def sortino_ratio(returns: Sequence[float], days_per_year: int) -> float | None:
    """Mean over the root mean square of the losses, annualised; target 0.

    The mean of squares is over all N returns. None below 30 returns or without a loss.
    """
    if len(returns) < ENOUGH_RETURNS:
        return None
    downside = math.sqrt(mean([min(value, 0.0) ** 2 for value in returns]))
    if downside < NO_SPREAD:
        return None
    return mean(returns) / downside * math.sqrt(days_per_year)


def cagr_pct(total_return_pct: float, calendar_days: int) -> float | None:
    """(1 + total)^(365 / calendar days) - 1 in percent; None below 90 days."""
    if calendar_days < SHORTEST_CAGR_DAYS:
        return None
    growth = 1 + total_return_pct / 100
    return float(100 * (growth ** (365 / calendar_days) - 1))


def performance_summary(
    rows: Mapping[date, ReturnRow],
    days_per_year: int,
    annual_rates: Mapping[date, float] | None = None,
) -> Summary:
    """Performance since inception. Without a valid return every figure is None.

    Ratios are None below 30 returns, after a wipe-out, and where their denominator is 0.
    calendar_days runs from the first to the last day with a valid return.
    """
    returns = valid_returns(rows)
    if not returns:
        return Summary(None, None, None, None, None, None, None, 0)
    history = list(returns.values())
    index = wealth_index(rows)
    last = max(rows)
    total_return = cumulative_return_pct(index)[last]
    worst = drawdowns(index)[last].max_drawdown_pct
    cagr = cagr_pct(total_return, (max(returns) - min(returns)).days)
    excess = [
        value - daily_rate(annual_rates or {}, day, days_per_year) for day, value in returns.items()
    ]
    has_ratios = len(history) >= ENOUGH_RETURNS and all(
        row.status != "wiped_out" for row in rows.values()
    )
    has_calmar = has_ratios and cagr is not None and worst < -100 * NO_SPREAD
    return Summary(
        total_return_pct=total_return,
        cagr_pct=cagr,
        annualized_volatility_pct=annualized_volatility_pct(history, days_per_year),
        sharpe_ratio=sharpe_ratio(excess, days_per_year) if has_ratios else None,
        sortino_ratio=sortino_ratio(history, days_per_year) if has_ratios else None,
        calmar_ratio=cagr / abs(worst) if has_calmar and cagr is not None else None,
        max_drawdown_pct=worst,
        observation_count=len(history),
    )
