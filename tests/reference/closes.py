"""One close a symbol and day, carried forward, and the returns from it (metrics.md, section 5)."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from fractions import Fraction

from tests.reference.actions import NO_ACTIONS, ShareHistory
from tests.reference.calendar import TradingCalendar
from tests.reference.events import Price


@dataclass(frozen=True, slots=True)
class Quote:
    """The close known on a day, in the units of that day.

    stale_days counts the symbol's open days since its last own close.
    """

    close_price: Fraction
    price_date: date
    stale_days: int


@dataclass(frozen=True, slots=True)
class PriceRow:
    """One row of fact_prices_daily. return_pct is None on the first day and on a stale day."""

    close_price: Fraction
    return_pct: float | None
    stale_days: int


class CloseSeries:
    """The own closes of one symbol on the open days of its calendar, with its splits."""

    def __init__(
        self,
        closes: Mapping[date, Fraction],
        calendar: TradingCalendar,
        shares: ShareHistory = NO_ACTIONS,
    ) -> None:
        """Keep the closes of open days, by date."""
        self.calendar = calendar
        self.shares = shares
        self.days = [day for day in sorted(closes) if calendar.is_open(day)]
        self.closes = {day: closes[day] for day in self.days}

    def on(self, day: date) -> Quote | None:
        """The close of the day or the last one before it; None before the first.

        A close that is older than a split is restated: close * old / new.
        """
        place = bisect_right(self.days, day)
        if place == 0:
            return None
        own = self.days[place - 1]
        close_price = self.closes[own] / self.shares.ratio(own, day)
        return Quote(close_price, own, self.calendar.count_after(own, day))

    def returns(self) -> dict[date, float]:
        """Total return over the last own close, on each day with an own close."""
        return {
            day: self._total_return(before, day)
            for before, day in zip(self.days, self.days[1:], strict=False)
            if self.closes[before] != 0
        }

    def total_return(self, first: date, last: date) -> float | None:
        """Total return from the close known on one day to that known on another.

        None without a close, or with one of 0, at the start.
        """
        start, end = self.on(first), self.on(last)
        if start is None or end is None or start.close_price == 0:
            return None
        return self._total_return(start.price_date, end.price_date)

    def _total_return(self, before: date, day: date) -> float:
        """Total return ratio * (P + D) / P_before - 1 between two days with an own close.

        The splits and dividends are those that went ex since, D in the units of the later day.
        """
        paid = self.shares.dividends_per_share(before, day)
        worth = self.shares.ratio(before, day) * (self.closes[day] + paid)
        return float(worth / self.closes[before] - 1)

    def daily(self, last: date) -> dict[date, PriceRow]:
        """Rows of fact_prices_daily, from the first own close to the last day."""
        if not self.days:
            return {}
        returns = self.returns()
        rows = {}
        for day in self.calendar.between(self.days[0], last):
            quote = self.on(day)
            if quote is not None:
                ratio = returns.get(day)
                return_pct = None if ratio is None else 100 * ratio
                rows[day] = PriceRow(quote.close_price, return_pct, quote.stale_days)
        return rows


def _moment(price: Price) -> datetime:
    return price.timestamp or datetime.combine(price.day, time.min)


def day_closes(prices: Iterable[Price]) -> dict[str, dict[date, Fraction]]:
    """The close of each (symbol, day): the official one, else the latest quote."""
    quotes: dict[tuple[str, date], list[Price]] = defaultdict(list)
    for price in prices:
        quotes[price.symbol, price.day].append(price)
    closes: dict[str, dict[date, Fraction]] = defaultdict(dict)
    for (symbol, day), several in quotes.items():
        official = [each for each in several if each.timestamp is None]
        timed = [each for each in several if each.timestamp is not None]
        chosen = official[0] if official else max(timed, key=_moment)
        closes[symbol][day] = chosen.close
    return dict(closes)


def close_series(
    prices: Iterable[Price],
    calendar_of: Callable[[str], TradingCalendar],
    shares: Mapping[str, ShareHistory],
) -> dict[str, CloseSeries]:
    """The series of every symbol that has a close on an open day of its calendar."""
    series = {
        symbol: CloseSeries(closes, calendar_of(symbol), shares.get(symbol, NO_ACTIONS))
        for symbol, closes in day_closes(prices).items()
    }
    return {symbol: each for symbol, each in series.items() if each.days}
