"""Trading days.

The dates of the exchanges come from exchange_calendars. Its New York calendar is complete from 1970
on; before that it knows the extraordinary closures, but neither all holidays nor the Saturdays on
which the exchange was open until 1952. The other exchanges are known from 1990 on, or from when the
package knows them, and those that follow the moon only a year or two ahead.
"""

import csv
import functools
import io
import sys
from datetime import date
from typing import Any

import exchange_calendars
import numpy as np
import numpy.typing as npt

from producer.records.instrument import CALENDARS

Days = npt.NDArray[np.datetime64]

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2040, 12, 31)
FIRST_DAY_ABROAD = date(1990, 1, 1)


def trading_days(calendar: str, start: date, end: date) -> Days:
    """The days of a calendar from start to end, both included.

    Args:
        calendar: `NYSE`, another exchange, or `24x7` for what trades every day.
        start: First day, not before 1900-01-01.
        end: Last day, not after 2040-12-31.

    Returns:
        Days in rising order as datetime64[D]; none when end is before start.

    Raises:
        ValueError: The calendar is unknown, or a day lies outside what it knows.
    """
    if calendar not in CALENDARS:
        raise ValueError(f"unknown calendar {calendar!r}: one of {', '.join(CALENDARS)}")
    first, last = known_span(calendar)
    if start < first or end > last:
        raise ValueError(f"trading days of {calendar} are known from {first} to {last} only")
    if calendar == "24x7":
        return np.arange(np.datetime64(start), np.datetime64(end) + np.timedelta64(1, "D"))
    days = _exchange_days(calendar)
    return days[(days >= np.datetime64(start)) & (days <= np.datetime64(end))]


def known_span(calendar: str) -> tuple[date, date]:
    """The first and last day for which the days of a calendar are known."""
    if calendar in ("NYSE", "24x7"):
        return FIRST_DAY, LAST_DAY
    factory = type(exchange_calendars.get_calendar(calendar))
    bounds: tuple[Any, Any] = factory.bound_min(), factory.bound_max()
    first = FIRST_DAY_ABROAD if bounds[0] is None else max(FIRST_DAY_ABROAD, bounds[0].date())
    last = LAST_DAY if bounds[1] is None else min(LAST_DAY, bounds[1].date())
    return first, last


def calendar_exceptions() -> str:
    """CSV text of the days on which an exchange differs from Monday to Friday.

    A day is open when it is a weekday, unless it stands here; `is_open` says what it is then.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("calendar", "date", "is_open"))
    for calendar in CALENDARS:
        if calendar == "24x7":
            continue
        every_day = trading_days("24x7", *known_span(calendar))
        weekdays = every_day[np.is_busday(every_day)]
        days = np.sort(np.setxor1d(weekdays, _exchange_days(calendar)))
        is_open = np.isin(days, _exchange_days(calendar))
        writer.writerows(
            (calendar, day, str(is_open).lower())
            for day, is_open in zip(days.astype(str), is_open.tolist(), strict=True)
        )
    return text.getvalue()


@functools.cache
def _exchange_days(calendar: str) -> Days:
    # Without a start exchange_calendars begins twenty years ago.
    code = "XNYS" if calendar == "NYSE" else calendar
    first, last = known_span(calendar)
    exchange: Any = exchange_calendars.get_calendar(code, start=str(first), end=str(last))
    days: Days = exchange.sessions.to_numpy().astype("datetime64[D]")
    return days


if __name__ == "__main__":
    sys.stdout.write(calendar_exceptions())
