"""Events have the date of their market: by hand, by the oracle, and as known at a moment."""

from dataclasses import replace
from datetime import date

import pytest

from tests.reference.calendar import trading_calendar
from tests.reference.events import read_files
from tests.warehouse.building import (
    MODELS_AND_DATA_TESTS,
    Load,
    Workshop,
    failed,
    fill_from,
    write_files,
)
from tests.warehouse.comparing import Comparison, assert_no_differences
from tests.warehouse.conftest import World
from tests.warehouse.expected import Expected
from tests.warehouse.raw_rows import account, cash, close, instrument, leg, quote, trade
from tests.warehouse.test_oracle import COMPARISONS

EX_DATE = "2024-02-14"
FIRST, LAST = date(2024, 1, 22), date(2024, 2, 20)
KNOWN = "2024-03-01"


def days_of(calendar: str) -> list[str]:
    """The days of an exchange."""
    return [str(day) for day in trading_calendar(calendar, [FIRST]).between(FIRST, LAST)]


def price_on(day: str) -> int:
    """A close that a split of 4:1 quarters."""
    return 100 if day < EX_DATE else 25


LOADS: list[Load] = [
    (
        "instruments",
        [
            instrument("YORK"),
            instrument("SYD", calendar="XASX"),
            instrument("COIN", calendar="24x7"),
            instrument("MOVED", calendar="NYSE"),
            instrument("MOVED", "2024-02-25", calendar="XASX"),  # its dates change with it
        ],
    ),
    (
        "accounts",
        [
            account("NEWYORK", "north"),
            account("SYDNEY", "south", calendar="XASX"),
            account("KIND", "east"),
            account("HEIR", "east"),
        ],
    ),
    (
        "cash_events",
        [
            cash("c1", "NEWYORK", "DEPOSIT", 50_000, "2024-01-22"),
            cash("c2", "SYDNEY", "DEPOSIT", 50_000, "2024-01-22"),
            # Thursday evening in New York; Friday 26 January is Australia Day.
            cash("evening", "NEWYORK", "DEPOSIT", 7, "2024-01-26 01:00", known="2024-01-26"),
            cash("dated", "NEWYORK", "DEPOSIT", 11, "2024-01-26 00:00", known="2024-01-26"),
            cash("holiday", "SYDNEY", "DEPOSIT", 13, "2024-01-25 22:00", known="2024-01-26"),
            cash("morning", "SYDNEY", "DEPOSIT", 17, "2024-01-28 23:00", known="2024-01-29"),
        ],
    ),
    (
        "trades",
        [
            trade("evening", "NEWYORK", 10, "YORK", 100, "2024-02-14 00:30", known=KNOWN),
            trade("dated", "NEWYORK", 2, "YORK", 25, "2024-02-14 00:00", known=KNOWN),
            trade("noon", "NEWYORK", 1, "YORK", 25, "2024-02-14 17:00", known=KNOWN),
            trade("before", "SYDNEY", 10, "SYD", 100, "2024-02-13 02:00", known=KNOWN),
            trade("morning", "SYDNEY", 10, "SYD", 25, "2024-02-13 23:00", known=KNOWN),
            trade("coin", "NEWYORK", 1, "COIN", 10, "2024-02-13 23:30", known=KNOWN),
            trade("moved", "SYDNEY", 10, "MOVED", 100, "2024-02-13 23:00", known="2024-02-14"),
        ],
    ),
    (
        "security_transfers",
        [
            leg(
                "leg_evening", "KIND", 10, "YORK", "2024-02-14 00:30", cost=100, known="2024-02-20"
            ),
            leg("leg_dated", "KIND", 2, "YORK", "2024-02-14 00:00", cost=25, known="2024-02-20"),
            # Of one day in New York, on which it arrives before it leaves; not of one day in UTC.
            leg("left", "KIND", -5, "YORK", "2024-02-15 02:00", transfer="k", known="2024-02-20"),
            leg("came", "HEIR", 5, "YORK", "2024-02-14 22:00", transfer="k", known="2024-02-20"),
            # Without a cost it comes at the close of its day, which is after the split in Sydney.
            leg("leg_moved", "KIND", 10, "MOVED", "2024-02-13 23:00", known="2024-02-14"),
        ],
    ),
    (
        "corporate_actions",
        [
            {
                "symbol": symbol,
                "ex_date": EX_DATE,
                "type": "SPLIT",
                "ratio": "4:1",
                "ingested_at": EX_DATE,
            }
            for symbol in ("YORK", "SYD", "MOVED")
        ],
    ),
    (
        "prices",
        [
            *(close("YORK", day, price_on(day)) for day in days_of("NYSE") if day != "2024-02-15"),
            quote("YORK", "2024-02-15 15:00", 26),
            quote("YORK", "2024-02-16 00:30", 27),  # after hours of the 15th: the latest of it
            *(close("SYD", day, price_on(day)) for day in days_of("XASX")),
            *(close("MOVED", day, price_on(day)) for day in days_of("XASX")),
            *(close("COIN", day, 10) for day in days_of("NYSE")),
        ],
    ),
]


@pytest.fixture(scope="module")
def world(workshop: Workshop, tmp_path_factory: pytest.TempPathFactory) -> World:
    """The world above, built once."""
    files = write_files(LOADS, tmp_path_factory.mktemp("market_dates"))
    built = workshop.build("market_dates", fill_from(files), MODELS_AND_DATA_TESTS)
    assert failed(built.outcome) == []
    return World("market_dates", built, Expected(read_files(files)))


def test_a_split_meets_what_was_bought_before_its_day_began_there(world: World) -> None:
    rows = world.warehouse.rows("""
        select trade_id, account_id, trade_date::varchar, position_after::double
        from main_facts.fact_trades order by account_id, symbol, event_number
    """)
    assert rows == [
        ("coin", "NEWYORK", "2024-02-13", 1),
        ("evening", "NEWYORK", "2024-02-13", 10),  # 40 after the split
        ("dated", "NEWYORK", "2024-02-14", 42),
        ("noon", "NEWYORK", "2024-02-14", 43),
        ("moved", "SYDNEY", "2024-02-14", 10),
        ("before", "SYDNEY", "2024-02-13", 10),
        ("morning", "SYDNEY", "2024-02-14", 50),  # of new shares
    ]


def test_transfers_go_by_the_clock_of_their_market(world: World) -> None:
    rows = world.warehouse.rows("""
        select event_id, transfer_date::varchar, position_after::double, is_paired,
            local_cost::double
        from main_facts.fact_security_transfers order by transfer_date, occurred_at, event_id
    """)
    assert rows == [
        ("leg_evening", "2024-02-13", 10, False, 1_000),  # 40 at 25 after the split
        ("leg_moved", "2024-02-14", 10, False, 250),
        ("leg_dated", "2024-02-14", 42, False, 50),
        ("came", "2024-02-14", 5, True, 125),
        ("left", "2024-02-14", 37, True, -125),
    ]


def test_cash_goes_by_the_clock_of_its_account(world: World) -> None:
    rows = world.warehouse.rows("""
        select event_id, value_date::varchar from main_facts.fact_cash_events
        where amount < 50 order by event_id
    """)
    assert rows == [
        ("dated", "2024-01-26"),
        ("evening", "2024-01-25"),
        ("holiday", "2024-01-29"),
        ("morning", "2024-01-29"),
    ]


def test_an_evening_quote_belongs_to_its_day(world: World) -> None:
    rows = world.warehouse.rows("""
        select value_date::varchar, close_price::double from main_facts.fact_prices_daily
        where symbol = 'YORK' and value_date between '2024-02-14' and '2024-02-16' order by 1
    """)
    assert rows == [("2024-02-14", 25), ("2024-02-15", 27), ("2024-02-16", 25)]


def test_a_holiday_of_one_account_leaves_the_firm_its_value(world: World) -> None:
    rows = world.warehouse.rows("""
        select value_date::varchar, total_value, external_inflow
        from main_facts.fact_scope_value_daily
        where scope_type = 'firm' and value_date between '2024-01-25' and '2024-01-29' order by 1
    """)
    assert rows == [
        ("2024-01-25", 100_007, 7),
        ("2024-01-26", 100_018, 11),  # Sydney's 50,000 of the day before
        ("2024-01-29", 100_048, 30),
    ]


@pytest.mark.parametrize("comparison", COMPARISONS, ids=lambda each: each.table)
def test_the_oracle_agrees(world: World, comparison: Comparison) -> None:
    expected = getattr(world.expected, comparison.table.split(".")[1])()
    compared = replace(comparison, may_be_empty=True)  # nobody sells, and a month has no VaR
    assert_no_differences(compared.differences(world.warehouse, expected), comparison.table)


@pytest.mark.parametrize("day", ["2024-01-25", "2024-01-26", "2024-02-13", "2024-02-14"])
def test_values_as_of_are_those_of_the_build(world: World, day: str) -> None:
    stored, asked = (
        world.warehouse.rows(query)
        for query in (
            f"""
            select account_id, total_value from main_facts.fact_portfolio_value_daily
            where value_date = '{day}' order by account_id
            """,  # noqa: S608 - our own days
            f"""
            select account_id, total_value
            from portfolio_value_as_of(date '{day}', timestamp '{KNOWN}')
            where value_date = '{day}' order by account_id
            """,  # noqa: S608
        )
    )
    assert asked == [(name, pytest.approx(value)) for name, value in stored]
