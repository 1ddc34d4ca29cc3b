"""Trading days and value dates."""

from tests.reference.calendar import trading_calendar
from tests.reference.small_world import day


def test_an_event_rolls_to_the_next_trading_day() -> None:
    nyse = trading_calendar("NYSE", [day("01-02")])
    assert nyse.roll(day("01-05")) == day("01-05")
    assert nyse.roll(day("01-06")) == day("01-08")
    assert nyse.roll(day("01-13")) == day("01-16"), "a weekend, then Martin Luther King day"


def test_the_last_day_of_the_inputs_can_roll_into_the_next_year() -> None:
    nyse = trading_calendar("NYSE", [day("2023-12-30")])
    assert nyse.roll(day("2023-12-30")) == day("01-02")


def test_nyse_reaches_back_more_than_twenty_years() -> None:
    nyse = trading_calendar("NYSE", [day("1998-01-01"), day("2001-12-31")])
    assert nyse.days[0] == day("1998-01-02")
    assert not nyse.is_open(day("2001-09-11"))
    assert nyse.between(day("2001-09-10"), day("2001-09-17")) == (
        day("2001-09-10"),
        day("2001-09-17"),
    )


def test_24x7_is_open_on_every_day() -> None:
    crypto = trading_calendar("24x7", [day("01-01")])
    assert len(crypto.between(day("2024-01-01"), day("2024-12-31"))) == 366
    assert crypto.roll(day("01-06")) == day("01-06")


def test_open_days_after_a_day_are_counted() -> None:
    nyse = trading_calendar("NYSE", [day("01-02")])
    assert nyse.count_after(day("01-05"), day("01-05")) == 0
    assert nyse.count_after(day("01-05"), day("01-07")) == 0
    assert nyse.count_after(day("01-05"), day("01-09")) == 2
