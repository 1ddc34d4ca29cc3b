"""Booking exceptions of the worlds: none where all is in order, and the prices that are far off."""

from fractions import Fraction

from tests.warehouse.conftest import World

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
