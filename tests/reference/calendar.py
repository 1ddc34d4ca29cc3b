"""Trading days of exchanges (from exchange_calendars) and 24x7 (interfaces.md, section 5)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import exchange_calendars

TIME_ZONES = {
    "NYSE": "America/New_York",
    "24x7": "UTC",
    "XAMS": "Europe/Amsterdam",
    "XASX": "Australia/Sydney",
    "XLON": "Europe/London",
    "XTKS": "Asia/Tokyo",
}
"""The clocks of calendars that the tests use."""


def days_per_year(calendar: str) -> int:
    """Returns in a year, for annualising."""
    return 365 if calendar == "24x7" else 252


def market_date(moment: datetime, calendar: str) -> date:
    """The date of a moment (UTC, no zone) on the clock of a calendar.

    A time of exactly midnight is a date without a time, and stays that date.
    """
    if moment.time() == time.min:
        return moment.date()
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(TIME_ZONES[calendar])).date()


@dataclass(frozen=True)
class TradingCalendar:
    """The open days of one calendar within a span, ascending."""

    name: str
    days: tuple[date, ...]

    def roll(self, day: date) -> date:
        """The day itself where it is open, else the next open day (the value date of an event)."""
        return self.days[bisect_left(self.days, day)]

    def is_open(self, day: date) -> bool:
        """Whether the day is a trading day."""
        place = bisect_left(self.days, day)
        return place < len(self.days) and self.days[place] == day

    def between(self, first: date, last: date) -> tuple[date, ...]:
        """Open days from first to last, both included."""
        return self.days[bisect_left(self.days, first) : bisect_right(self.days, last)]

    def before(self, day: date) -> date:
        """The last open day before a day; the day itself where the calendar knows none."""
        place = bisect_left(self.days, day)
        return self.days[place - 1] if place else day

    def count_after(self, day: date, last: date) -> int:
        """Number of open days later than `day`, up to and including `last`."""
        return bisect_right(self.days, last) - bisect_right(self.days, day)


@cache
def _calendar(name: str, first_year: int, last_year: int) -> TradingCalendar:
    first, last = date(first_year, 1, 1), date(last_year, 12, 31)
    if name == "24x7":
        span = (last - first).days + 1
        return TradingCalendar(name, tuple(first + timedelta(days=n) for n in range(span)))
    if name not in TIME_ZONES:
        raise ValueError(f"unknown calendar {name}")
    # Without start, exchange_calendars begins twenty years before today and drops older days.
    code = "XNYS" if name == "NYSE" else name
    exchange = exchange_calendars.get_calendar(code, start=str(first), end=str(last))
    return TradingCalendar(name, tuple(session.date() for session in exchange.sessions))


def trading_calendar(name: str, days: Iterable[date]) -> TradingCalendar:
    """The calendar over the whole years of all `days` and the year after, so events can roll."""
    years = [day.year for day in days]
    return _calendar(name, min(years), max(years) + 1)
