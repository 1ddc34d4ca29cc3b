"""The ledger of positions and the arithmetic of its units, as pure functions."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from kernels.decimals import decimals_of, units_of
from kernels.position_ledger import (
    UNITS,
    CostMethod,
    Event,
    EventType,
    Ledger,
    replay,
    rounded_units,
)
from tests.reference.actions import rounded
from tests.reference.events import CashEvent, CorporateAction, Instrument, SecurityTransfer, Trade
from tests.reference.ledger import Event as ReferenceEvent
from tests.reference.ledger import run_ledger, run_ledgers
from tests.reference.lots import match_lots, match_lots_of_accounts

METHODS = ("FIFO", "LIFO", "HIFO")
SPLIT, DIVIDEND = EventType.SPLIT, EventType.DIVIDEND
SPINOFF, SYMBOL_CHANGE = EventType.SPINOFF, EventType.SYMBOL_CHANGE
RETURN_OF_CAPITAL, CASH_IN_LIEU = EventType.RETURN_OF_CAPITAL, EventType.CASH_IN_LIEU
TRANSFER = EventType.TRANSFER
ACTIONS = [kind for kind in EventType if kind != TRANSFER]


# ------------------------------------------------------------------ short words


def traded(quantity: float | str, price: float, symbol: str = "A", chain: str = "c") -> Event:
    """A trade; a negative quantity is a sale."""
    units = int(Decimal(str(quantity)) * UNITS)
    return Event(0, chain, symbol, EventType.TRADE, units=units, price=price)


def acted(
    kind: EventType,
    new: int = 1,
    old: int = 1,
    *,
    symbol: str = "A",
    into: str | None = None,
    moved_cost: float = 0.0,
    unit_scale: float = 1.0,
    amount: float | None = None,
    chain: str = "c",
) -> Event:
    """A corporate action of `new` shares for `old`."""
    return Event(
        0,
        chain,
        symbol,
        kind,
        new_shares=new,
        old_shares=old,
        new_symbol=into,
        moved_cost=moved_cost,
        unit_scale=unit_scale,
        amount=amount,
    )


def run(*events: Event) -> Ledger:
    """Replay events, the first of which is row 1."""
    return replay(event._replace(row=row) for row, event in enumerate(events, start=1))


def states(ledger: Ledger) -> list[tuple[int, float, float | None, float]]:
    """Row, quantity after, average cost after and profit of each state."""
    told = ledger.states
    quantities = [units / UNITS for units in told.units_after]
    return list(zip(told.row, quantities, told.average_cost_after, told.realized, strict=True))


def closed(ledger: Ledger, method: str) -> list[tuple[int, int, float, float, float]]:
    """Row that closed, row that opened, quantity, open and close price of each piece."""
    told = ledger.closed_lots
    rows = zip(
        told.method, told.row, told.open_row, told.units, told.open_price, told.close_price,
        strict=True,
    )  # fmt: skip
    return [
        (row, opened, units / UNITS, *prices)
        for of, row, opened, units, *prices in rows
        if of == method
    ]


def still_open(ledger: Ledger, method: str) -> list[tuple[str, int, float, float]]:
    """Symbol, row that opened, quantity and price of each open lot."""
    told = ledger.open_lots
    rows = zip(told.method, told.symbol, told.open_row, told.units, told.open_price, strict=True)
    return [
        (symbol, opened, units / UNITS, price)
        for of, symbol, opened, units, price in rows
        if of == method
    ]


# ------------------------------------------------------------------ trades


def test_average_cost_through_adding_reducing_crossing_and_closing() -> None:
    ledger = run(traded(10, 100), traded(10, 110), traded(-5, 125), traded(-25, 95), traded(10, 90))
    assert states(ledger) == [
        (1, 10, 100, 0),
        (2, 20, 105, 0),
        (3, 15, 105, 100),
        (4, -10, 95, -150),  # 15 of them closed, 10 opened
        (5, 0, None, 50),
    ]


def test_first_in_first_out_through_a_flip() -> None:
    ledger = run(traded(10, 100), traded(10, 110), traded(-15, 120), traded(-10, 90), traded(7, 80))
    assert closed(ledger, "FIFO") == [
        (3, 1, 10, 100, 120),
        (3, 2, 5, 110, 120),
        (4, 2, 5, 110, 90),
        (5, 4, 5, 90, 80),
    ]
    assert ledger.closed_lots.is_short[-1]
    assert still_open(ledger, "FIFO") == [("A", 5, 2, 80)]


@pytest.mark.parametrize(
    ("method", "pieces", "left"),
    [
        ("FIFO", [(5, 1, 10, 5, 8), (5, 2, 5, 7, 8)], [2, 3, 4]),
        ("LIFO", [(5, 4, 10, 6, 8), (5, 3, 5, 7, 8)], [1, 2, 3]),
        ("HIFO", [(5, 2, 10, 7, 8), (5, 3, 5, 7, 8)], [1, 3, 4]),  # of equal ones the first
    ],
)
def test_which_lot_closes_first(
    method: str, pieces: list[tuple[int, int, float, float, float]], left: list[int]
) -> None:
    ledger = run(traded(10, 5), traded(10, 7), traded(10, 7), traded(10, 6), traded(-15, 8))
    assert closed(ledger, method) == pieces
    assert [opened for _, opened, _, _ in still_open(ledger, method)] == left


@pytest.mark.parametrize(("method", "opened"), [("FIFO", 1), ("LIFO", 3), ("HIFO", 2)])
def test_a_short_closes_its_highest_price_first_too(method: str, opened: int) -> None:
    ledger = run(traded(-10, 5), traded(-10, 7), traded(-10, 6), traded(4, 6))
    ((row, found, quantity, _, price),) = closed(ledger, method)
    assert (row, found, quantity, price) == (4, opened, 4, 6)
    assert sum(quantity for _, _, quantity, _ in still_open(ledger, method)) == -26


def test_pieces_of_one_event_are_counted_by_method() -> None:
    ledger = run(traded(1, 5), traded(1, 6), traded(-2, 8), traded(1, 5), traded(-1, 9))
    told = zip(ledger.closed_lots.method, ledger.closed_lots.row, strict=True)
    numbers = defaultdict(list)
    for key, number in zip(told, ledger.closed_lots.piece_number, strict=True):
        numbers[key].append(number)
    assert numbers == {(m, 3): [1, 2] for m in METHODS} | {(m, 5): [1] for m in METHODS}


def test_chains_keep_their_books_apart() -> None:
    one, other = traded(10, 5), traded(-4, 9)
    ledger = run(one._replace(chain="x"), other._replace(chain="y"))
    assert states(ledger) == [(1, 10, 5, 0), (2, -4, 9, 0)]
    assert not ledger.closed_lots.row


# ------------------------------------------------------------------ splits and dividends


@pytest.mark.parametrize("method", METHODS)
def test_a_split_between_purchase_and_sales(method: str) -> None:
    """metrics.md, section 5: +450; in raw units it would be -500."""
    ledger = run(traded(10, 90), acted(SPLIT, 3, 1), traded(-15, 40), traded(-15, 50))
    assert states(ledger) == [(1, 10, 90, 0), (2, 30, 30, 0), (3, 15, 30, 150), (4, 0, None, 300)]
    # In the units of the day of the close.
    assert closed(ledger, method) == [(3, 1, 15, 30, 40), (4, 1, 15, 30, 50)]


def test_a_split_of_a_short_that_flips_after_it() -> None:
    ledger = run(traded(-10, 8), acted(SPLIT, 2, 1), traded(25, 3))
    assert states(ledger) == [(1, -10, 8, 0), (2, -20, 4, 0), (3, 5, 3, 20)]
    assert still_open(ledger, "LIFO") == [("A", 3, 5, 3)]


def test_an_odd_ratio_is_rounded_and_the_cost_divides_all_the_same() -> None:
    ledger = run(traded(10, 30), acted(SPLIT, 1, 3), acted(SPLIT, 3, 1))
    assert [row[1] for row in states(ledger)] == [10, 3.33333333, 9.99999999]
    assert [row[2] for row in states(ledger)] == [30, 90, 30]


@pytest.mark.parametrize(
    ("units", "new", "old", "after"),
    [
        (1, 1, 2, 1),  # half goes away from zero ...
        (-1, 1, 2, -1),  # ... on both sides
        (3, 1, 2, 2),
        (1, 1, 3, 0),
        (-2, 1, 3, -1),
        (10**27, 333333333, 10**9, 333333333 * 10**18),  # beyond what a double or 64 bits hold
        (10**20 + 1, 3, 2, 150000000000000000002),
        (0, 7, 3, 0),
    ],
)
def test_units_are_rounded_half_away_from_zero(units: int, new: int, old: int, after: int) -> None:
    assert rounded_units(units, new, old) == after


def test_what_a_split_leaves_nothing_of_is_flat() -> None:
    ledger = run(traded("0.00000001", 5), acted(SPLIT, 1, 3), acted(DIVIDEND), traded(1, 7))
    assert states(ledger) == [(1, 1e-8, 5, 0), (2, 0, None, 0), (4, 1, 7, 0)]
    assert still_open(ledger, "FIFO") == [("A", 4, 1, 7)]


def test_lots_are_cut_where_the_rounded_sums_are() -> None:
    """Three lots of one unit, halved: the sums 0.5, 1 and 1.5 become 1, 1 and 2."""
    least = "0.00000001"
    ledger = run(traded(least, 4), traded(least, 6), traded(least, 8), acted(SPLIT, 1, 2))
    for method in METHODS:
        assert still_open(ledger, method) == [("A", 1, 1e-8, 8), ("A", 3, 1e-8, 16)]
    assert states(ledger)[-1][1] == 2e-8


def test_the_order_of_lots_survives_a_split() -> None:
    ledger = run(traded(10, 5), traded(10, 7), traded(10, 6), acted(SPLIT, 2, 1), traded(-20, 4))
    assert [piece[1] for piece in closed(ledger, "FIFO")] == [1]
    assert [piece[1] for piece in closed(ledger, "LIFO")] == [3]
    assert [piece[1] for piece in closed(ledger, "HIFO")] == [2]


@pytest.mark.parametrize(
    ("quantity", "price", "action"),
    [
        pytest.param(1e12, 1, acted(SPLIT, 1_000_000), id="shares"),
        pytest.param(-1e12, 1, acted(SPLIT, 1_000_000), id="shares of a short"),
        pytest.param(1, 1e12, acted(SPLIT, 1, 100_000), id="cost"),
        pytest.param(1e12, 1, acted(SPINOFF, 1_000_000, into="B"), id="shares of the child"),
        pytest.param(1, 1e12, acted(SYMBOL_CHANGE, 1, 100_000, into="B"), id="cost of the new"),
        pytest.param(1, 1e12, acted(SYMBOL_CHANGE, into="B", unit_scale=1e5), id="units"),
    ],
)
def test_an_action_that_no_decimal_could_hold_leaves_the_position(
    quantity: float, price: float, action: Event
) -> None:
    ledger = run(traded(quantity, price), action)
    assert ledger.states.is_applied == [True, False]
    assert ledger.states.units_after == [int(quantity) * UNITS] * 2
    assert ledger.states.average_cost_after == [price] * 2
    assert ledger.open_lots.units == [int(quantity) * UNITS] * len(METHODS)


def test_just_less_than_too_large_is_applied() -> None:
    shares = run(traded(10**12 - 1, 1), acted(SPLIT, 1_000_000)).states
    cost = run(traded(1, 1e12 - 1), acted(SPLIT, 1, 100_000)).states
    assert shares.is_applied == cost.is_applied == [True, True]
    assert shares.units_after[-1] == (10**12 - 1) * 1_000_000 * UNITS


def test_a_lot_that_costs_too_much_is_not_split_either() -> None:
    ledger = run(traded(1, 1e12), traded(9, 1), acted(SPLIT, 1, 100_000))
    assert ledger.states.is_applied == [True, True, False]


def test_a_dividend_leaves_a_state_and_changes_nothing() -> None:
    ledger = run(acted(DIVIDEND), traded(-10, 5), acted(DIVIDEND), traded(10, 4), acted(DIVIDEND))
    assert states(ledger) == [(2, -10, 5, 0), (3, -10, 5, 0), (4, 0, None, 10)]
    assert ledger.states.units_before[1] == -10 * UNITS


# ------------------------------------------------------------------ capital back, fractions paid


def gains(ledger: Ledger) -> list[tuple[int, float]]:
    """Row that opened and gain of each piece that capital returned realised, first in first out."""
    told = ledger.closed_lots
    return [
        (opened, gain)
        for of, opened, gain in zip(told.method, told.open_row, told.gain, strict=True)
        if of == "FIFO" and gain is not None
    ]


def test_capital_returned_lowers_the_cost_and_then_gains() -> None:
    back = [acted(RETURN_OF_CAPITAL, amount=amount) for amount in (4, 8, 8)]
    ledger = run(traded(10, 10), traded(10, 20), *back, traded(-5, 7))
    assert states(ledger)[2:] == [(3, 20, 11, 0), (4, 20, 3, 0), (5, 20, 0, 100), (6, 15, 0, 35)]
    # By lots the first one is paid back sooner: 2 of the 8, then all 8; the other one not yet.
    assert gains(ledger) == [(1, 20), (1, 80)]
    assert closed(ledger, "HIFO") == [(4, 1, 0, 0, 2), (5, 1, 0, 0, 8), (6, 1, 5, 0, 7)]
    assert still_open(ledger, "FIFO") == [("A", 1, 5, 0), ("A", 2, 10, 0)]


def test_a_short_pays_capital_back_and_its_cost_falls_likewise() -> None:
    ledger = run(traded(-10, 6), acted(RETURN_OF_CAPITAL, amount=4.5), traded(10, 1))
    assert states(ledger) == [(1, -10, 6, 0), (2, -10, 1.5, 0), (3, 0, None, 5)]
    ledger = run(traded(-10, 6), acted(RETURN_OF_CAPITAL, amount=7))
    assert states(ledger)[1:] == [(2, -10, 0, -10)]
    assert gains(ledger) == [(1, -10)]


def test_capital_without_a_rate_is_not_booked() -> None:
    assert states(run(traded(10, 6), acted(RETURN_OF_CAPITAL))) == [(1, 10, 6, 0)]


@pytest.mark.parametrize("method", METHODS)
def test_cash_in_lieu_sells_the_fraction(method: str) -> None:
    lieu = acted(CASH_IN_LIEU, amount=5.5)
    ledger = run(traded(101, 10), acted(SPLIT, 1, 2), lieu, lieu)
    # 5.5 for half a share that cost 20 each; a second one finds no fraction.
    assert states(ledger)[1:] == [(2, 50.5, 20, 0), (3, 50, 20, -4.5)]
    assert closed(ledger, method) == [(3, 1, 0.5, 20, 11)]
    assert still_open(ledger, method) == [("A", 1, 50, 20)]


def test_cash_in_lieu_of_less_than_a_share_leaves_nothing_and_a_short_holds_no_fraction() -> None:
    ledger = run(traded(0.5, 10), acted(CASH_IN_LIEU, amount=6))
    assert states(ledger)[1:] == [(2, 0, None, 1)]
    assert len(states(run(traded(-1.5, 10), acted(CASH_IN_LIEU, amount=6)))) == 1


# ------------------------------------------------------------------ spin-offs, changes of symbol


def test_a_spin_off_shares_the_cost() -> None:
    ledger = run(traded(4, 8), traded(4, 12), acted(SPINOFF, 1, 4, into="B", moved_cost=0.25))
    told = ledger.states
    assert states(ledger)[2:] == [(3, 2, 10, 0), (3, 8, 7.5, 0)]  # 20 and 60 of the 80
    assert told.is_arrival[2:] == [True, False]
    assert told.units_before[2:] == [0, 8 * UNITS]
    for method in METHODS:
        assert still_open(ledger, method) == [
            ("A", 1, 4, 6),
            ("A", 2, 4, 9),
            ("B", 1, 1, 8),
            ("B", 2, 1, 12),
        ]


def test_a_spin_off_at_no_cost_and_into_contracts_of_another_size() -> None:
    free = run(traded(8, 10), acted(SPINOFF, 1, 4, into="B"))
    assert states(free)[1:] == [(2, 2, 0, 0), (2, 8, 10, 0)]
    # A share with a multiplier of 100, its child of 50: twice the cost per unit is the same money.
    scaled = run(traded(8, 10), acted(SPINOFF, 1, 1, into="B", moved_cost=0.5, unit_scale=2))
    assert states(scaled)[1:] == [(2, 8, 10, 0), (2, 8, 5, 0)]


def test_a_spin_off_of_less_than_a_unit_moves_nothing() -> None:
    ledger = run(
        traded("0.00000001", 5),
        acted(SPINOFF, 1, 4, into="B", moved_cost=0.5),
        traded("-0.00000001", 6),
    )
    assert states(ledger)[-1] == (3, 0, None, 1e-8)
    assert not any(ledger.states.is_arrival)
    assert [piece[3] for piece in closed(ledger, "FIFO")] == [5]


def test_lots_that_come_to_cost_the_same_close_in_the_order_of_their_opening() -> None:
    free = run(
        traded(1, 5),
        traded(1, 7),
        acted(SPINOFF, into="B", moved_cost=1),  # leaves both at no cost
        traded(-1, 3),
    )
    assert [piece[1] for piece in closed(free, "HIFO")] == [1]
    # 0.3 is 0.1 after the split, though not in doubles.
    split = run(traded(1, 0.3), acted(SPLIT, 3, 1), traded(1, 0.1), traded(-3, 1))
    assert [piece[1] for piece in closed(split, "HIFO")] == [1]


def test_a_short_passes_a_short_on() -> None:
    ledger = run(traded(-8, 10), acted(SPINOFF, 1, 2, into="B", moved_cost=0.5))
    assert states(ledger)[1:] == [(2, -4, 10, 0), (2, -8, 5, 0)]
    assert still_open(ledger, "HIFO") == [("A", 1, -8, 5), ("B", 1, -4, 10)]


def test_a_changed_symbol_takes_all_with_it() -> None:
    change = acted(SYMBOL_CHANGE, 3, 4, into="B", moved_cost=0.5)  # the fraction says nothing
    ledger = run(traded(8, 9), change, traded(-6, 13, "B"), traded(1, 2))
    assert states(ledger) == [
        (1, 8, 9, 0),
        (2, 6, 12, 0),
        (2, 0, None, 0),
        (3, 0, None, 6),
        (4, 1, 2, 0),  # the old name begins anew
    ]
    assert closed(ledger, "FIFO") == [(3, 1, 6, 12, 13)]


def test_what_arrives_on_the_same_side_is_bought_at_its_cost() -> None:
    ledger = run(
        traded(2, 4, "B"), traded(6, 8), acted(SYMBOL_CHANGE, into="B"), traded(-3, 9, "B")
    )
    assert states(ledger)[2:] == [(3, 8, 7, 0), (3, 0, None, 0), (4, 5, 7, 6)]
    # Appended after the lots already there, whenever they were opened.
    assert closed(ledger, "FIFO") == [(4, 1, 2, 4, 9), (4, 2, 1, 8, 9)]
    assert closed(ledger, "LIFO") == [(4, 2, 3, 8, 9)]


def test_what_arrives_on_the_other_side_is_traded_at_its_cost() -> None:
    ledger = run(
        traded(-1, 7, "B"),
        traded(-3, 8, "B"),
        traded(2, 5),
        traded(8, 6),
        acted(SYMBOL_CHANGE, into="B"),
    )
    # 10 at 5.8 meet 4 short at 7.75; 6 are left.
    (_, quantity, cost, realized), gone = states(ledger)[4:]
    assert (quantity, gone) == (6, (5, 0, None, 0))
    assert cost == pytest.approx(5.8, rel=1e-12)
    assert realized == pytest.approx(4 * (7.75 - 5.8), rel=1e-12)
    # Lot by lot, in the order of their opening; the rest stays with the trades that opened it.
    assert closed(ledger, "FIFO") == [(5, 1, 1, 7, 5), (5, 2, 1, 8, 5), (5, 2, 2, 8, 6)]
    assert closed(ledger, "HIFO") == [(5, 2, 2, 8, 5), (5, 2, 1, 8, 6), (5, 1, 1, 7, 6)]
    assert still_open(ledger, "FIFO") == [("B", 4, 6, 6)]
    of_fifo = [place for place, of in enumerate(ledger.closed_lots.method) if of == "FIFO"]
    assert [ledger.closed_lots.closing_row[place] for place in of_fifo] == [3, 3, 4]
    assert [ledger.closed_lots.piece_number[place] for place in of_fifo] == [1, 2, 3]
    assert all(ledger.closed_lots.is_short)


def test_what_closes_by_a_trade_is_closed_by_that_trade() -> None:
    ledger = run(traded(2, 5), traded(-2, 6))
    assert ledger.closed_lots.closing_row == ledger.closed_lots.row == [2, 2, 2]


# ------------------------------------------------------------------ refusals


def test_a_method_that_is_none() -> None:
    with pytest.raises(ValueError, match="AVCO"):
        replay([], ["FIFO", "AVCO"])


@pytest.mark.parametrize(("new", "old"), [(0, 1), (1, 0), (-1, 2)])
def test_a_ratio_that_is_none(new: int, old: int) -> None:
    with pytest.raises(ValueError, match="event 2: shares of a ratio must be above 0"):
        run(traded(1, 1), acted(SPLIT, new, old))


@pytest.mark.parametrize("into", [None, "A"])
@pytest.mark.parametrize("kind", [SPINOFF, SYMBOL_CHANGE])
def test_a_new_symbol_that_is_none(kind: EventType, into: str | None) -> None:
    with pytest.raises(ValueError, match="event 2: a new symbol is needed"):
        run(traded(1, 1), acted(kind, into=into))


def test_only_the_methods_asked_for_are_kept() -> None:
    ledger = replay([traded(1, 1)], [CostMethod.LIFO])
    assert ledger.open_lots.method == ["LIFO"]
    assert replay([]).states.row == []


# ------------------------------------------------------------------ properties

SYMBOLS = ("A", "B", "C")
RATIOS = [(3, 2), (1, 3), (7, 5), (1, 10), (4, 1), (333333333, 10**9)]


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """A chain of up to 25 events on three symbols."""
    kinds = [EventType.TRADE] * 6 + list(EventType)
    events: list[Event] = []
    for row in range(1, draw(st.integers(1, 25)) + 1):
        kind, symbol = draw(st.sampled_from(kinds)), draw(st.sampled_from(SYMBOLS))
        new, old = draw(st.sampled_from(RATIOS))
        size = draw(st.integers(1, 50 * UNITS))
        into = draw(st.sampled_from([other for other in SYMBOLS if other != symbol]))
        events.append(
            Event(
                row,
                "c",
                symbol,
                kind,
                units=size if draw(st.booleans()) else -size,
                price=draw(st.integers(0, 800)) / 4,
                new_shares=new,
                old_shares=old,
                new_symbol=into,
                moved_cost=draw(st.sampled_from([0.0, 0.25, 1.0])),
                amount=draw(st.sampled_from([None, 0.25, 50.0])),
            )
        )
    return events


def positions(ledger: Ledger, events: Sequence[Event]) -> dict[str, int]:
    """Units of each symbol in the end."""
    of_row = {event.row: event for event in events}
    held: dict[str, int] = {}
    for row, arrived, units in zip(
        ledger.states.row, ledger.states.is_arrival, ledger.states.units_after, strict=True
    ):
        event = of_row[row]
        held[str(event.new_symbol) if arrived else event.symbol] = units
    return held


@settings(max_examples=150, deadline=None)
@given(histories())
def test_lots_add_up_to_the_position_exactly(events: list[Event]) -> None:
    ledger = replay(events)
    held = {symbol: units for symbol, units in positions(ledger, events).items() if units}
    told = ledger.open_lots
    for method in METHODS:
        lots: dict[str, int] = defaultdict(int)
        for of, symbol, units in zip(told.method, told.symbol, told.units, strict=True):
            if of == method:
                assert units * held[symbol] > 0  # all of them on the side of the position
                lots[symbol] += units
        assert lots == held


TWO_LOTS_SHRUNK = [
    event._replace(row=row)
    for row, event in enumerate(
        [traded(6, 0), traded("5.3", 200), *[acted(SPLIT, 1, 10)] * 9], start=1
    )
]
"""113 units become 1.13: a tenth of a unit is 200 at a cost of 2e11 a share."""


TWO_LOTS_DELIVERED = [
    traded(50, 0)._replace(row=1),
    traded(50, 200)._replace(row=2),
    Event(3, "c", "A", TRANSFER, units=-50 * UNITS),
]
"""Average cost gives 5,000 away, FIFO nothing, LIFO 10,000."""


@example(TWO_LOTS_SHRUNK)
@example(TWO_LOTS_DELIVERED)
@settings(max_examples=150, deadline=None)
@given(histories())
def test_every_method_tells_the_same_total(events: list[Event]) -> None:
    """Realised less the cost of what is open or delivered, which a method takes from its own lots.

    A ratio rounds each lot by less than a unit at its cost after the ratio, and nine splits of 1
    for 10 leave a cost of 2e11 a share: the hair is a unit for each lot and ratio there may be.
    """
    ledger = replay(events)
    costs: dict[tuple[str, bool], tuple[int, float]] = {}
    of_row = {event.row: event for event in events}
    told = ledger.states
    for row, arrived, units, cost in zip(
        told.row, told.is_arrival, told.units_after, told.average_cost_after, strict=True
    ):
        event = of_row[row]
        symbol = str(event.new_symbol) if arrived else event.symbol
        costs[symbol, True] = (units, cost or 0.0)
    total = sum(told.realized) - sum(units / UNITS * cost for units, cost in costs.values())
    total += sum(told.moved_cost)
    moved = ledger.moved_lots
    hair = len(events) ** 2 / UNITS * _highest_cost(events)
    for method in METHODS:
        realized = sum(
            (close - opened) * quantity * (-1 if is_short else 1) if gain is None else gain
            for (_, _, quantity, opened, close), (is_short, gain) in zip(
                closed(ledger, method), _of_method(ledger, method), strict=True
            )
        )
        cost = sum(quantity * price for _, _, quantity, price in still_open(ledger, method))
        moved_cost = sum(
            units / UNITS * price
            for of, units, price in zip(moved.method, moved.units, moved.open_price, strict=True)
            if of == method
        )
        assert realized - cost + moved_cost == pytest.approx(total, rel=1e-9, abs=hair)


def _highest_cost(events: list[Event]) -> float:
    """Of a share of any lot at any moment, also of one that the next ratio rounds to nothing."""
    largest_ratio = max(old / new for new, old in RATIOS)
    lots_over_time = (replay(events[:count]).open_lots for count in range(1, len(events) + 1))
    return largest_ratio * max(max(lots.open_price, default=0.0) for lots in lots_over_time)


def _of_method(ledger: Ledger, method: str) -> list[tuple[bool, float | None]]:
    lots = ledger.closed_lots
    rows = zip(lots.method, lots.is_short, lots.gain, strict=True)
    return [(short, gain) for of, short, gain in rows if of == method]


@settings(max_examples=60, deadline=None)
@given(histories(), histories())
def test_chains_side_by_side_are_chains_apart(one: list[Event], other: list[Event]) -> None:
    later = [event._replace(row=event.row + 100, chain="d") for event in other]
    together, first, second = replay(one + later), replay(one), replay(later)
    assert together.states.row == first.states.row + second.states.row
    assert together.states.realized == first.states.realized + second.states.realized
    assert together.closed_lots.units == first.closed_lots.units + second.closed_lots.units
    assert together.open_lots.units == first.open_lots.units + second.open_lots.units


# ------------------------------------------------------------------ against the reference


def drawn_history(dice: random.Random) -> list[Event]:
    """A chain of up to 14 events; prices are doubles that no two lots share by chance."""
    events: list[Event] = []
    for row in range(1, dice.randint(2, 14) + 1):
        symbol = dice.choice(SYMBOLS[:2])
        kind = dice.choice([EventType.TRADE] * 5 + ACTIONS)
        units = dice.choice([dice.randint(1, 9), dice.randint(1, 30 * UNITS), 10 * UNITS])
        price = dice.choice([dice.uniform(0.01, 500), events[-1].price if events else 7.0])
        new, old = dice.choice(RATIOS)
        events.append(
            Event(
                row,
                "c",
                symbol,
                kind,
                units=dice.choice([units, -units]),
                price=price,
                new_shares=new,
                old_shares=old,
                new_symbol="B" if symbol == "A" else "A",
                moved_cost=dice.choice([0.0, 0.25, dice.random(), 1.0]),
                unit_scale=1.0,
                amount=dice.choice([1.0, dice.uniform(0.01, 400)]),
            )
        )
    return events


def as_reference(events: Iterable[Event]) -> list[ReferenceEvent]:
    """The same events as the oracle takes them, one a day."""
    start = datetime(2024, 1, 1)  # noqa: DTZ001 - times are UTC without a zone
    told: list[ReferenceEvent] = []
    for event in events:
        day = start + timedelta(days=event.row)
        if event.type == EventType.TRADE:
            told.append(
                Trade(
                    trade_id=str(event.row),
                    account_id=str(event.account),
                    symbol=event.symbol,
                    side="BUY" if event.units > 0 else "SELL",
                    quantity=Fraction(abs(event.units), UNITS),
                    price=Fraction(event.price),
                    executed_at=day,
                )
            )
        elif event.type == CASH_IN_LIEU:
            told.append(
                CashEvent(
                    event_id=str(event.row),
                    account_id=str(event.account),
                    amount=Fraction(event.amount or 0),
                    type="CASH_IN_LIEU",
                    timestamp=day,
                    symbol=event.symbol,
                )
            )
        elif event.type == TRANSFER:
            told.append(
                SecurityTransfer(
                    event_id=str(event.row),
                    account_id=str(event.account),
                    symbol=event.symbol,
                    direction="IN" if event.units > 0 else "OUT",
                    quantity=Fraction(abs(event.units), UNITS),
                    timestamp=day,
                    transfer_id=None if event.pair is None else str(event.pair),
                    cost_per_share=None if event.unit_cost is None else Fraction(event.unit_cost),
                )
            )
        else:
            told.append(
                CorporateAction(
                    symbol=event.symbol,
                    ex_date=day.date(),
                    type=event.type.name,
                    ratio=Fraction(event.new_shares, event.old_shares),
                    amount=Fraction(event.amount or 0),
                    new_symbol=event.new_symbol,
                    cost_fraction=Fraction(event.moved_cost),
                )
            )
    return told


def assert_equals_the_reference(events: list[Event]) -> None:
    """States, pieces and open lots are those of exact fractions."""
    ledger = replay(events)
    told = as_reference(events)
    row_of = {id(event): row for row, event in enumerate(told, start=1)}
    expected = {}
    for line in run_ledger(told):
        key = row_of[id(line.event)], line.symbol != line.event.symbol
        expected[key] = line
    found = {}
    for place, key in enumerate(zip(ledger.states.row, ledger.states.is_arrival, strict=True)):
        event, before = events[key[0] - 1], ledger.states.units_before[place]
        if key not in expected and event.type == SPINOFF:
            assert rounded_units(before, event.new_shares, event.old_shares) == 0  # moves nothing
            continue
        found[key] = place
    assert found.keys() == expected.keys()
    for key, place in found.items():
        line = expected[key]
        assert Fraction(ledger.states.units_before[place], UNITS) == line.before.quantity
        assert Fraction(ledger.states.units_after[place], UNITS) == line.after.quantity
        cost, should = ledger.states.average_cost_after[place], line.after.average_cost
        assert (cost is None) == (should is None)
        assert cost is None or cost == pytest.approx(float(should or 0), rel=1e-9, abs=1e-12)
        realized = float(line.realized_pnl)
        assert ledger.states.realized[place] == pytest.approx(realized, rel=1e-9, abs=1e-6)
    for method in METHODS:
        matches, lots = match_lots(told, method, Instrument)
        assert [(opened, quantity) for _, opened, quantity, _, _ in closed(ledger, method)] == [
            (int(match.open_trade_id), float(match.quantity)) for match in matches
        ]
        for (_, gain), match in zip(_of_method(ledger, method), matches, strict=True):
            should_gain = None if match.gain is None else pytest.approx(float(match.gain), rel=1e-9)
            assert gain == should_gain
        for (*_, opened, close), match in zip(closed(ledger, method), matches, strict=True):
            assert opened == pytest.approx(float(match.open_price), rel=1e-9, abs=1e-12)
            assert close == pytest.approx(float(match.close_price), rel=1e-9, abs=1e-12)
        assert [
            (symbol, opened, quantity) for symbol, opened, quantity, _ in still_open(ledger, method)
        ] == [
            (symbol, int(lot.open_trade_id), float(lot.quantity))
            for symbol in dict.fromkeys(symbol for symbol, *_ in still_open(ledger, method))
            for lot in lots[symbol]
        ]
        assert {symbol for symbol, *_ in still_open(ledger, method)} == set(lots)


@pytest.mark.parametrize(
    "count",
    [
        pytest.param(500, id="500-sequences"),
        pytest.param(5_000, id="5000-sequences", marks=pytest.mark.long),
    ],
)
def test_it_equals_the_reference(count: int) -> None:
    dice = random.Random(count)  # noqa: S311 - nothing secret
    for _ in range(count):
        assert_equals_the_reference(drawn_history(dice))


def test_the_reference_rounds_as_the_ledger_does() -> None:
    dice = random.Random(3)  # noqa: S311 - nothing secret
    for _ in range(500):
        units, (new, old) = dice.randint(-(10**12), 10**12), dice.choice(RATIOS)
        should = rounded(Fraction(units, UNITS) * new / old)
        assert Fraction(rounded_units(units, new, old), UNITS) == should


# ------------------------------------------------------------------ transfers


def moved(
    quantity: float | str,
    account: str,
    pair: object = None,
    unit_cost: float | None = None,
    symbol: str = "A",
) -> Event:
    """A leg of a transfer; a negative quantity leaves."""
    units = int(Decimal(str(quantity)) * UNITS)
    return Event(
        0, "c", symbol, TRANSFER, units=units, account=account, pair=pair, unit_cost=unit_cost
    )


def of(account: str, event: Event) -> Event:
    """The event of an account."""
    return event._replace(account=account)


def held(ledger: Ledger, method: str) -> list[tuple[object, int, float, float]]:
    """Account, row that opened, quantity and price of each open lot."""
    told = ledger.open_lots
    rows = zip(told.method, told.account, told.open_row, told.units, told.open_price, strict=True)
    return [
        (account, opened, units / UNITS, price)
        for used, account, opened, units, price in rows
        if used == method
    ]


def test_lots_go_over_as_a_sale_would_take_them() -> None:
    ledger = run(
        of("a", traded(10, 8)),
        of("a", traded(10, 10)),
        moved(-12, "a", pair="p"),
        moved(12, "b", pair="p"),
        of("b", traded(-5, 13)),
    )
    assert states(ledger)[2:] == [(3, 8, 9, 0), (4, 12, 9, 0), (5, 7, 9, 20)]
    assert ledger.states.moved_cost == [0, 0, -108, 108, 0]
    assert held(ledger, "FIFO") == [("a", 2, 8, 10), ("b", 1, 5, 8), ("b", 2, 2, 10)]
    assert held(ledger, "LIFO") == [("a", 1, 8, 8), ("b", 1, 2, 8), ("b", 2, 5, 10)]
    assert closed(ledger, "FIFO") == [(5, 1, 5, 8, 13)]
    moves = ledger.moved_lots
    assert [
        (row, opened, units / UNITS, price)
        for method, row, opened, units, price in zip(
            moves.method, moves.row, moves.open_row, moves.units, moves.open_price, strict=True
        )
        if method == "FIFO"
    ] == [(3, 1, -10, 8), (3, 2, -2, 10), (4, 1, 10, 8), (4, 2, 2, 10)]


def test_what_comes_alone_has_its_own_cost_or_is_not_booked() -> None:
    ledger = run(moved(3, "a", unit_cost=5), moved(9, "a"), moved(4, "a", unit_cost=12))
    assert states(ledger) == [(1, 3, 5, 0), (3, 7, 9, 0)]
    assert held(ledger, "FIFO") == [("a", 1, 3, 5), ("a", 3, 4, 12)]


def test_what_comes_to_a_short_closes_it_at_its_cost() -> None:
    ledger = run(
        of("b", traded(-10, 20)),
        of("a", traded(15, 12)),
        moved(-15, "a", pair="p"),
        moved(15, "b", pair="p"),
    )
    assert states(ledger)[3] == (4, 5, 12, 80)
    assert closed(ledger, "FIFO") == [(4, 1, 10, 20, 12)]
    assert ledger.closed_lots.closing_row == [2, 2, 2]
    assert held(ledger, "FIFO") == [("b", 2, 5, 12)]


def test_what_is_not_held_goes_short_at_the_cost_else_at_the_average() -> None:
    ledger = run(
        of("a", traded(5, 9)),
        moved(-9, "a", pair="p", unit_cost=14),
        moved(9, "b", pair="p"),
        moved(-1, "a"),
        moved(-2, "c"),
    )
    mixed = (5 * 9 + 4 * 14) / 9
    assert states(ledger)[1:] == [(2, -4, 14, 0), (3, 9, mixed, 0), (4, -5, 14, 0), (5, -2, 0, 0)]
    assert held(ledger, "HIFO") == [
        ("a", 2, -4, 14), ("a", 4, -1, 14), ("b", 1, 5, 9), ("b", 2, 4, 14), ("c", 5, -2, 0),
    ]  # fmt: skip
    assert not ledger.closed_lots.row


def drawn_transfers(dice: random.Random) -> list[Event]:
    """Two accounts that trade one share and deliver it to each other."""
    events: list[Event] = []
    waiting: list[Event] = []
    for row in range(1, dice.randint(2, 14) + 1):
        if waiting and dice.random() < 0.5:
            out = waiting.pop(0)
            taker = "b" if out.account == "a" else "a"
            events.append(out._replace(row=row, account=taker, units=-out.units))
            continue
        event = Event(
            row,
            "c",
            "A",
            dice.choice([EventType.TRADE, TRANSFER]),
            units=dice.choice([-1, 1]) * dice.choice([dice.randint(1, 30 * UNITS), 10 * UNITS]),
            price=dice.uniform(0.01, 500),
            account=dice.choice("ab"),
            unit_cost=dice.choice([dice.uniform(0.01, 500), None]),
        )
        if event.type == TRANSFER and event.units < 0 and dice.random() < 0.7:
            event = event._replace(pair=row)
            waiting.append(event)
        events.append(event)
    # A pair needs both its legs; without the other one a leg is alone.
    both = [event.pair for event in events]
    return [event if both.count(event.pair) == 2 else event._replace(pair=None) for event in events]


@pytest.mark.parametrize(
    "count",
    [
        pytest.param(300, id="300-sequences"),
        pytest.param(5_000, id="5000-sequences", marks=pytest.mark.long),
    ],
)
def test_transfers_equal_the_reference(count: int) -> None:
    dice = random.Random(count)  # noqa: S311 - nothing secret
    for _ in range(count):
        events = drawn_transfers(dice)
        ledger, told = replay(events), as_reference(events)
        row_of = {id(event): row for row, event in enumerate(told, start=1)}
        books = run_ledgers(told, lambda _, day: day)
        expected = {row_of[id(line.event)]: line for lines in books.values() for line in lines}
        assert ledger.states.row == sorted(expected)
        for place, row in enumerate(ledger.states.row):
            line = expected[row]
            assert Fraction(ledger.states.units_after[place], UNITS) == line.after.quantity
            for found, should in (
                (ledger.states.average_cost_after[place] or 0, line.after.average_cost or 0),
                (ledger.states.realized[place], line.realized_pnl),
                (ledger.states.moved_cost[place], line.moved_cost),
            ):
                assert found == pytest.approx(float(should), rel=1e-9, abs=1e-6)
        for method in METHODS:
            lots_of = match_lots_of_accounts(told, method)
            should_hold = [
                (
                    account,
                    int(lot.open_trade_id.removeprefix("TRANSFER|")),
                    float(lot.quantity),
                    float(lot.price),
                )
                for account, (_, lots) in sorted(lots_of.items())
                for lot in lots.get("A", [])
            ]
            found_lots = sorted(held(ledger, method), key=lambda lot: str(lot[0]))
            assert [lot[:3] for lot in found_lots] == [lot[:3] for lot in should_hold]
            for lot, should_be in zip(found_lots, should_hold, strict=True):
                assert lot[3] == pytest.approx(should_be[3], rel=1e-9)


# ------------------------------------------------------------------ decimals


NUMBERS = [0, 1, -1, 150_000_000, -(2**63), 2**63 - 1, 2**63, -(2**63) - 1, 10**28 - 1, 1 - 10**28]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1 - 10**28, 10**28 - 1)))
def test_units_go_into_decimals_and_back(units: list[int]) -> None:
    column = decimals_of(units, 28, 8)
    assert column.type == pa.decimal128(28, 8)
    assert [int(value.as_py().scaleb(8)) for value in column] == units
    assert units_of(column) == units


def test_decimals_of_all_sizes() -> None:
    expected = pa.array([Decimal(unit).scaleb(-8) for unit in NUMBERS], pa.decimal128(28, 8))
    assert decimals_of(NUMBERS, 28, 8) == expected
    assert units_of(expected) == NUMBERS


@pytest.mark.parametrize("numbers", [NUMBERS, [5, 6, -7, 8, 9, 10, 11, 12]], ids=["large", "small"])
def test_slices_chunks_and_nulls_keep_their_places(numbers: list[int]) -> None:
    column = decimals_of(numbers, 28, 8)
    holed = pa.array([None, *column.to_pylist()[:3], None], column.type)
    chunked = pa.chunked_array([column[2:5], column[:0], holed, holed[1:3]])
    assert units_of(chunked) == [*numbers[2:5], 0, *numbers[:3], 0, *numbers[:2]]
    assert units_of(column[3:]) == numbers[3:]


def test_nothing_is_nothing() -> None:
    assert units_of(decimals_of([], 28, 8)) == []
    assert units_of(pa.chunked_array([], pa.decimal128(28, 8))) == []
    assert units_of(pa.array([None, None], pa.decimal128(28, 8))) == [0, 0]


def test_what_is_no_decimal_or_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="double is no decimal128"):
        units_of(pa.array([1.5]))
    for number in (10**28, -(10**28)):
        with pytest.raises(ValueError, match="more than 28 digits"):
            decimals_of([0, number], 28, 8)
