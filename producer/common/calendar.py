"""Trading days.

The dates of the exchanges come from exchange_calendars. Its New York calendar is complete from 1970
on; before that it knows the extraordinary closures, but neither all holidays nor the Saturdays on
which the exchange was open until 1952.
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

Days = npt.NDArray[np.datetime64]

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(2040, 12, 31)


def trading_days(calendar: str, start: date, end: date) -> Days:
    """The days of a calendar from start to end, both included.

    Args:
        calendar: `NYSE`, or `24x7` for what trades every day.
        start: First day, not before 1900-01-01.
        end: Last day, not after 2040-12-31.

    Returns:
        Days in rising order as datetime64[D]; none when end is before start.

    Raises:
        ValueError: The calendar is unknown, or a day lies outside what it knows.
    """
    if start < FIRST_DAY or end > LAST_DAY:
        raise ValueError(f"trading days are known from {FIRST_DAY} to {LAST_DAY} only")
    if calendar == "24x7":
        return np.arange(np.datetime64(start), np.datetime64(end) + np.timedelta64(1, "D"))
    if calendar != "NYSE":
        raise ValueError(f"unknown calendar {calendar!r}: NYSE or 24x7")
    days = _nyse_days()
    return days[(days >= np.datetime64(start)) & (days <= np.datetime64(end))]


def calendar_exceptions() -> str:
    """CSV text of the days on which NYSE differs from Monday to Friday.

    A day is open when it is a weekday, unless it stands here; `is_open` says what it is then.
    """
    every_day = trading_days("24x7", FIRST_DAY, LAST_DAY)
    weekdays = every_day[np.is_busday(every_day)]
    days = np.sort(np.setxor1d(weekdays, _nyse_days()))
    is_open = np.isin(days, _nyse_days())
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("calendar", "date", "is_open"))
    writer.writerows(
        ("NYSE", day, str(is_open).lower())
        for day, is_open in zip(days.astype(str), is_open.tolist(), strict=True)
    )
    return text.getvalue()


@functools.cache
def _nyse_days() -> Days:
    # Without a start exchange_calendars begins twenty years ago.
    calendar: Any = exchange_calendars.get_calendar("XNYS", start=str(FIRST_DAY), end=str(LAST_DAY))
    days: Days = calendar.sessions.to_numpy().astype("datetime64[D]")
    return days


if __name__ == "__main__":
    sys.stdout.write(calendar_exceptions())
