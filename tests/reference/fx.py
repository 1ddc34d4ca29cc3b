"""Exchange rates: direct, else inverse, else over a chain of quotes, carried forward.

Pairs of which no rate is stated are converted over at most three quotes: the shortest way, through
USD before any other, then by the alphabet as read from the end that comes first in it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from math import prod

from tests.reference.calendar import TradingCalendar
from tests.reference.events import FxRate

ZERO = Fraction(0)
CROSS_CURRENCY = "USD"
"""The currency through which two others meet, if they can."""
LONGEST_CHAIN = 3
MINOR_UNITS = {("GBX", "GBP"): 100, ("ZAC", "ZAR"): 100, ("ILA", "ILS"): 100}
"""How many of a minor unit are one of its currency, whatever anybody states."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A rate that holds on a day; stale_days counts NYSE days since it was stated."""

    rate: Fraction
    stale_days: int = 0


SAME_CURRENCY = Conversion(Fraction(1))


def _preference(chain: list[str]) -> tuple[int, bool, list[str]]:
    return len(chain), CROSS_CURRENCY not in chain, min(chain, chain[::-1])


class FxRates:
    """The rates as they stand."""

    def __init__(self, rates: Iterable[FxRate], exchange: TradingCalendar) -> None:
        """Keep the rates of each pair by day; `exchange` is the NYSE calendar."""
        stated: dict[tuple[str, str], dict[date, Fraction]] = defaultdict(dict)
        for rate in rates:
            stated[rate.base_currency, rate.quote_currency][rate.day] = rate.rate
        for minor, major in MINOR_UNITS:
            stated.pop((minor, major), None)
            stated.pop((major, minor), None)
        self._stated = {pair: dict(sorted(by_day.items())) for pair, by_day in stated.items()}
        self._days = {pair: list(by_day) for pair, by_day in self._stated.items()}
        self._exchange = exchange
        self._known: dict[tuple[str, str, date], Conversion | None] = {}

    def on(self, source: str, target: str, day: date) -> Conversion | None:
        """Units of target for 1 source at the close of a day; None: missing_fx.

        A pair stated itself wins over its inverse, however old; both win over a chain, each leg of
        which is found in the same way and which is as stale as the stalest of them.
        """
        key = source, target, day
        if key not in self._known:
            self._known[key] = self._found(source, target, day)
        return self._known[key]

    def _found(self, source: str, target: str, day: date) -> Conversion | None:
        if source == target:
            return SAME_CURRENCY
        chains = self._chains([source], target, day)
        if not chains:
            return None
        chain = min(chains, key=_preference)
        legs = [self._leg(*pair, day) for pair in pairwise(chain)]
        known = [leg for leg in legs if leg is not None]
        return Conversion(
            prod((leg.rate for leg in known), start=Fraction(1)),
            max(leg.stale_days for leg in known),
        )

    def _chains(self, way: list[str], target: str, day: date) -> list[list[str]]:
        """Every way on to the target, on which each leg has a rate by that day."""
        found = []
        for currency in self._currencies() - set(way):
            if self._leg(way[-1], currency, day) is not None:
                if currency == target:
                    found.append([*way, currency])
                elif len(way) < LONGEST_CHAIN:
                    found += self._chains([*way, currency], target, day)
        return found

    def _currencies(self) -> set[str]:
        return {currency for pair in (*self._stated, *MINOR_UNITS) for currency in pair}

    def _leg(self, source: str, target: str, day: date) -> Conversion | None:
        """A minor unit, else direct, else inverse."""
        if (source, target) in MINOR_UNITS:
            return Conversion(Fraction(1, MINOR_UNITS[source, target]))
        if (target, source) in MINOR_UNITS:
            return Conversion(Fraction(MINOR_UNITS[target, source]))
        return self._stated_on(source, target, day)

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
