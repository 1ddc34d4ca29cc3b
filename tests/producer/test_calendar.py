"""Trading days, against days that anybody can look up."""

import csv
import io
from datetime import date, timedelta
from pathlib import Path

import exchange_calendars
import numpy as np
import pytest

from producer.common.calendar import (
    FIRST_DAY,
    LAST_DAY,
    calendar_exceptions,
    known_span,
    trading_days,
)
from producer.records.instrument import CALENDARS

SEEDS = Path(__file__).parents[2] / "dbt" / "seeds"
SEED = SEEDS / "calendar_exceptions.csv"


def is_trading_day(day: date) -> bool:
    return trading_days("NYSE", day, day).size == 1


def test_the_days_of_a_year() -> None:
    days = trading_days("NYSE", date(2024, 1, 1), date(2024, 12, 31))
    assert days.dtype == np.dtype("datetime64[D]")
    assert days.size == 252
    assert days[0] == np.datetime64("2024-01-02")
    assert (np.diff(days) > np.timedelta64(0)).all()


@pytest.mark.parametrize(
    "closed",
    [
        date(2001, 9, 11), date(2012, 10, 29), date(2025, 1, 9), date(2024, 3, 29),
        date(2021, 12, 24), date(2022, 6, 20), date(1933, 3, 6), date(2040, 12, 25),
    ],
)  # fmt: skip
def test_days_on_which_nothing_traded(closed: date) -> None:
    assert closed.weekday() < 5
    assert not is_trading_day(closed)


@pytest.mark.parametrize("opened", [date(2021, 12, 31), date(2024, 7, 3), date(1999, 12, 31)])
def test_days_that_might_be_taken_for_holidays(opened: date) -> None:
    assert is_trading_day(opened)


def test_it_reaches_from_1900_to_2040() -> None:
    days = trading_days("NYSE", FIRST_DAY, LAST_DAY)
    assert days[0] < np.datetime64("1900-01-06")
    assert days[-1] == np.datetime64("2040-12-31")


def test_crypto_trades_every_day() -> None:
    days = trading_days("24x7", date(2024, 2, 27), date(2024, 3, 2))
    assert days.astype(str).tolist() == [
        "2024-02-27", "2024-02-28", "2024-02-29", "2024-03-01", "2024-03-02",
    ]  # fmt: skip


@pytest.mark.parametrize("calendar", ["NYSE", "24x7"])
def test_no_days_from_a_day_to_the_one_before(calendar: str) -> None:
    days = trading_days(calendar, date(2024, 1, 3), date(2024, 1, 2))
    assert (days.size, days.dtype) == (0, np.dtype("datetime64[D]"))


def test_what_is_not_known_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown calendar 'LSE': one of NYSE, 24x7, XAMS"):
        trading_days("LSE", FIRST_DAY, LAST_DAY)
    for start, end in (
        (FIRST_DAY - timedelta(1), LAST_DAY),
        (FIRST_DAY, LAST_DAY + timedelta(1)),
    ):
        with pytest.raises(ValueError, match="from 1900-01-01 to 2040-12-31 only"):
            trading_days("24x7", start, end)
    with pytest.raises(ValueError, match="XTKS are known from 1997-01-01 to 2040-12-31 only"):
        trading_days("XTKS", date(1996, 12, 31), LAST_DAY)


def test_the_committed_seed_is_what_the_calendar_says() -> None:
    committed = SEED.read_text(encoding="utf-8")
    assert committed == calendar_exceptions(), f"run: python -m producer.common.calendar > {SEED}"


@pytest.mark.parametrize("calendar", [name for name in CALENDARS if name != "24x7"])
def test_weekdays_and_exceptions_make_the_calendar(calendar: str) -> None:
    exceptions = {
        date.fromisoformat(row["date"]): row["is_open"] == "true"
        for row in csv.DictReader(io.StringIO(calendar_exceptions()))
        if row["calendar"] == calendar
    }
    span = known_span(calendar)
    every_day = trading_days("24x7", *span).astype(object)
    opened = [day for day in every_day if exceptions.get(day, day.weekday() < 5)]
    assert opened == trading_days(calendar, *span).astype(object).tolist()
    assert all((day.weekday() < 5) != is_open for day, is_open in exceptions.items())


@pytest.mark.parametrize(
    ("calendar", "closed", "opened"),
    [
        ("XASX", date(2024, 1, 26), date(2024, 1, 15)),  # Australia Day; Martin Luther King Day
        ("XLON", date(2024, 5, 6), date(2024, 7, 4)),
        ("XTKS", date(2024, 1, 3), date(2024, 11, 28)),
        ("XETR", date(2024, 5, 1), date(2024, 10, 3)),
        ("XBOM", date(2024, 1, 26), date(2024, 1, 20)),  # a Saturday with a session
    ],
)
def test_exchanges_keep_their_own_days(calendar: str, closed: date, opened: date) -> None:
    assert trading_days(calendar, closed, closed).size == 0
    assert trading_days(calendar, opened, opened).size == 1


def test_the_seed_of_calendars_has_the_clock_of_each() -> None:
    with (SEEDS / "calendars.csv").open(encoding="utf-8", newline="") as lines:
        rows = {row["calendar"]: row for row in csv.DictReader(lines)}
    assert list(rows) == list(CALENDARS)
    assert rows.pop("24x7")["time_zone"] == "UTC"
    for name, row in rows.items():
        exchange = exchange_calendars.get_calendar("XNYS" if name == "NYSE" else name)
        assert row["time_zone"] == str(exchange.tz)
        assert row["is_open_on_weekends"] == "false"
