"""Exchange rates: direct, else inverse, else through USD, carried forward (metrics.md, 5)."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tests.reference.calendar import TradingCalendar
from tests.reference.events import FxRate

ZERO = Fraction(0)
CROSS_CURRENCY = "USD"
"""The currency through which two others meet."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A rate that holds on a day; stale_days counts NYSE days since it was stated."""

    rate: Fraction
    stale_days: int = 0


SAME_CURRENCY = Conversion(Fraction(1))


class FxRates:
    """The rates as they stand."""

    def __init__(self, rates: Iterable[FxRate], exchange: TradingCalendar) -> None:
        """Keep the rates of each pair by day; `exchange` is the NYSE calendar."""
        stated: dict[tuple[str, str], dict[date, Fraction]] = defaultdict(dict)
        for rate in rates:
            stated[rate.base_currency, rate.quote_currency][rate.day] = rate.rate
        self._stated = {pair: dict(sorted(by_day.items())) for pair, by_day in stated.items()}
        self._days = {pair: list(by_day) for pair, by_day in self._stated.items()}
        self._exchange = exchange
        self._known: dict[tuple[str, str, date], Conversion | None] = {}

    def on(self, source: str, target: str, day: date) -> Conversion | None:
        """Units of target for 1 source at the close of a day; None: missing_fx.

        A pair stated itself wins over its inverse, however old; both win over the way through USD,
        whose legs are found in the same way and which is as stale as the staler of them.
        """
        key = source, target, day
        if key not in self._known:
            self._known[key] = self._found(source, target, day)
        return self._known[key]

    def _found(self, source: str, target: str, day: date) -> Conversion | None:
        if source == target:
            return SAME_CURRENCY
        stated = self._stated_on(source, target, day)
        if stated is not None:
            return stated
        first = self._stated_on(source, CROSS_CURRENCY, day)
        second = self._stated_on(CROSS_CURRENCY, target, day)
        if first is None or second is None:
            return None
        return Conversion(first.rate * second.rate, max(first.stale_days, second.stale_days))

    def _stated_on(self, source: str, target: str, day: date) -> Conversion | None:
        """Direct, else inverse."""
        direct = self._last(source, target, day)
        if direct is not None:
            return direct
        inverse = self._last(target, source, day)
        return None if inverse is None else Conversion(1 / inverse.rate, inverse.stale_days)

    def _last(self, base: str, quote: str, day: date) -> Conversion | None:
        days = self._days.get((base, quote), [])
        place = bisect_right(days, day)
        if place == 0:
            return None
        stated = days[place - 1]
        rate = self._stated[base, quote][stated]
        return Conversion(rate, self._exchange.count_after(stated, day))


def convert(
    amount: Fraction, conversion: Conversion | None, *, is_nothing: bool | None = None
) -> Fraction | None:
    """The amount in the other currency, None without a rate; nothing needs no rate.

    A sum says itself whether it is nothing: parts that cancel are unknown, and so is their sum.
    """
    if (amount == 0) if is_nothing is None else is_nothing:
        return ZERO
    return None if conversion is None else amount * conversion.rate


def total(amounts: Iterable[Fraction | None]) -> Fraction | None:
    """The sum; None as soon as one of the amounts is."""
    result = ZERO
    for amount in amounts:
        if amount is None:
            return None
        result += amount
    return result
