"""Booking exceptions of the worlds: none where all is in order, and the prices that are far off."""

from fractions import Fraction
from pathlib import Path

from tests.warehouse.building import (
    MODELS_AND_DATA_TESTS,
    Load,
    Workshop,
    fill_from,
    write_files,
)
from tests.warehouse.conftest import World
from tests.warehouse.currency_world import action, based, in_currency, share
from tests.warehouse.raw_rows import close, trade

ABOVE = "price above twice the close of its day"
BELOW = "price below half the close of its day"


def test_a_book_in_order_has_no_exception(world: World) -> None:
    found = world.warehouse.rows("select * from main_facts.fact_booking_exceptions")
    if world.name in ("real_book", "demo_world"):
        assert found == []
    else:
        assert found


def test_prices_far_from_the_close_of_their_day_are_those_of_the_oracle(world: World) -> None:
    books = world.expected.books
    expected = set()
    for trade_id, row in books.trades.items():
        closed = books.prices.get((row.trade.symbol, row.trade.executed_at.date()))
        if closed is not None and closed.close_price is not None and closed.stale_days == 0:
            ratio = row.trade.price / closed.close_price
            if ratio > 2 or ratio < Fraction(1, 2):
                expected.add((trade_id, ABOVE if ratio > 2 else BELOW))
    found = world.warehouse.rows(
        "select record_id, reason from main_facts.fact_booking_exceptions"  # noqa: S608 - our own names
        f" where record_type = 'trade' and reason in ('{ABOVE}', '{BELOW}')"
    )
    assert set(found) == expected


def shared_records() -> list[Load]:
    """What concerns more than one account: payments of no known rate, names that join alike."""
    holders = ("A", "A|B")
    return [
        ("accounts", [based(account, "odd", "USD") for account in holders]),
        ("instruments", [share(symbol, "USD") for symbol in ("PAYS", "C", "B|C")]),
        ("trades", [trade(f"{account} pays", account, 10, "PAYS", 50, "2024-02-05")
                    for account in holders]
                   + [trade("first", "A", 1, "B|C", 20, "2024-02-05"),
                      trade("second", "A|B", 1, "C", 20, "2024-02-05")]),
        ("corporate_actions", [
            in_currency(action("PAYS", "2024-02-07", kind, amount="1"), "NOK")
            for kind in ("DIVIDEND", "RETURN_OF_CAPITAL")
        ]),
        ("prices", [close("C", "2024-02-05", 20), close("B|C", "2024-02-05", 20),
                    close("PAYS", "2024-02-05", 50), close("PAYS", "2024-02-20", 50)]),
    ]  # fmt: skip


def test_a_record_of_two_accounts_is_an_exception_in_each(
    workshop: Workshop, tmp_path: Path
) -> None:
    files = write_files(shared_records(), tmp_path)

    warehouse = workshop.build("shared_records", fill_from(files), MODELS_AND_DATA_TESTS)

    assert {node.name: node.message for node in warehouse.outcome.nodes if node.has_failed} == {}
    assert warehouse.rows("""
        select record_id, account_id, symbol from main_facts.fact_booking_exceptions
        where reason = 'no rate of its currency on its day' order by all
    """) == [("PAYS|2024-02-07|DIVIDEND", account, "PAYS") for account in ("A", "A|B")]
    assert warehouse.rows("""
        select record_id, account_id, symbol from main_facts.fact_booking_exceptions
        where record_type = 'position' order by all
    """) == [("A|B|C", "A", "B|C"), ("A|B|C", "A|B", "C")]
