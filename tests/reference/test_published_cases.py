"""The oracle and the warehouse's kernel, on cases that others have published."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import pytest

from kernels.position_ledger import UNITS, CostMethod, EventType, Ledger, Limits, replay
from kernels.position_ledger import Event as KernelEvent
from tests.reference.events import CorporateAction, Trade
from tests.reference.ledger import ONE, ZERO, Event, in_order, moved_cost, run_ledger
from tests.reference.lots import match_lots
from tests.reference.published_cases import AVERAGE, CASES, Figure, PublishedCase
from tests.variables import VARIABLES

Lots = Mapping[str, Sequence[tuple[Fraction, Fraction]]]


@dataclass(frozen=True)
class Books:
    """What a ledger makes of a case."""

    gains: Mapping[str, Fraction]
    """By closing trade, before fees."""
    quantities: Mapping[str, Fraction]
    """Of each symbol in the end."""
    costs: Mapping[str, Fraction]
    lots: Lots
    """Open lots as (quantity, price); none by average cost."""

    def figure(self, figure: Figure) -> Fraction:
        """The figure as these books have it."""
        held = self.quantities.get(figure.what, ZERO)
        match figure.of:
            case "gain":
                return self.gains.get(figure.what, ZERO)
            case "total_gain":
                return sum(self.gains.values(), ZERO)
            case "quantity":
                return held
            case "cost":
                return self.costs[figure.what]
            case "average_cost":
                return self.costs[figure.what] / held
            case "profit_at":
                price = Fraction(figure.what)
                valued = (self.quantities[each] * price - self.costs[each] for each in self.costs)
                return sum(self.gains.values(), ZERO) + sum(valued, ZERO)


# ------------------------------------------------------------------ the oracle


def books_of_oracle(events: Sequence[Event], method: str) -> Books:
    """The books of tests/reference, in fractions."""
    rows = run_ledger(events)
    positions = {row.symbol: row.after for row in rows}
    quantities = {symbol: position.quantity for symbol, position in positions.items()}
    if method == AVERAGE:
        gains = {row.trade.trade_id: row.realized_pnl for row in rows if _is_trade(row.event)}
        costs = {symbol: position.cost for symbol, position in positions.items()}
        return Books(gains, quantities, costs, {})
    matches, lots = match_lots(events, method)
    gained: dict[str, Fraction] = defaultdict(Fraction)
    for piece in matches:
        gained[piece.close_trade_id] += piece.realized_pnl
    pairs = {symbol: [(lot.quantity, lot.price) for lot in lots[symbol]] for symbol in lots}
    return Books(gained, quantities, _costs(pairs), pairs)


def _is_trade(event: Event) -> bool:
    return isinstance(event, Trade)


def _costs(lots: Lots) -> dict[str, Fraction]:
    return {symbol: sum((held * price for held, price in lots[symbol]), ZERO) for symbol in lots}


# ------------------------------------------------------------------ the kernel


def books_of_kernel(events: Sequence[Event], method: str) -> Books:
    """The books of the warehouse's own kernel, in doubles."""
    ordered = in_order(events)
    limits = Limits(VARIABLES["largest_position"], VARIABLES["largest_cost"])
    ledger = replay([_kernel_event(row, event) for row, event in enumerate(ordered)], limits=limits)
    names = [event.trade_id if isinstance(event, Trade) else "" for event in ordered]
    symbols = [event.symbol or "" for event in ordered]
    arrivals = [
        event.new_symbol if isinstance(event, CorporateAction) else None for event in ordered
    ]
    states = ledger.states
    quantities: dict[str, Fraction] = {}
    costs: dict[str, Fraction] = {}
    for place, row in enumerate(states.row):
        symbol = (arrivals[row] or "") if states.is_arrival[place] else symbols[row]
        quantities[symbol] = Fraction(states.units_after[place], UNITS)
        average = states.average_cost_after[place]
        costs[symbol] = quantities[symbol] * Fraction(average or 0)
    if method == AVERAGE:
        gains = {
            names[row]: Fraction(realized)
            for row, realized in zip(states.row, states.realized, strict=True)
        }
        return Books(gains, quantities, costs, {})
    lots = _open_lots(ledger, CostMethod(method))
    return Books(_gains(ledger, CostMethod(method), names), quantities, _costs(lots), lots)


def _kernel_event(row: int, event: Event) -> KernelEvent:
    if isinstance(event, Trade):
        units = event.signed_quantity * UNITS
        assert units.denominator == 1
        return KernelEvent(
            row, 0, event.symbol, EventType.TRADE, units.numerator, float(event.price)
        )
    assert isinstance(event, CorporateAction)
    ratio = event.ratio or ONE
    return KernelEvent(
        row,
        0,
        event.symbol,
        EventType[event.type],
        new_shares=ratio.numerator,
        old_shares=ratio.denominator,
        new_symbol=event.new_symbol,
        moved_cost=float(moved_cost(event)),
    )


def _gains(ledger: Ledger, method: CostMethod, names: Sequence[str]) -> dict[str, Fraction]:
    closed = ledger.closed_lots
    gains: dict[str, Fraction] = defaultdict(Fraction)
    for place, row in enumerate(closed.closing_row):
        if closed.method[place] == method:
            sign = -1 if closed.is_short[place] else 1
            gain = Fraction(closed.close_price[place]) - Fraction(closed.open_price[place])
            gains[names[row]] += sign * Fraction(closed.units[place], UNITS) * gain
    return gains


def _open_lots(ledger: Ledger, method: CostMethod) -> dict[str, list[tuple[Fraction, Fraction]]]:
    found = ledger.open_lots
    lots: dict[str, list[tuple[Fraction, Fraction]]] = defaultdict(list)
    for place, symbol in enumerate(found.symbol):
        if found.method[place] == method:
            lots[symbol].append(
                (Fraction(found.units[place], UNITS), Fraction(found.open_price[place]))
            )
    return dict(lots)


# ------------------------------------------------------------------ tests

BOOKS: dict[str, tuple[Callable[[Sequence[Event], str], Books], Fraction]] = {
    "oracle": (books_of_oracle, ZERO),
    "kernel": (books_of_kernel, Fraction(1, 10**9)),
}
"""Each keeper of books, and the relative error of its numbers."""


def assert_near(found: Fraction, published: str, within: str, error: Fraction) -> None:
    """As published, but for the source's rounding and the error of doubles."""
    allowed = Fraction(within) + error * (1 + abs(Fraction(published)))
    assert abs(found - Fraction(published)) <= allowed, f"{float(found)} and not {published}"


@pytest.mark.parametrize("keeper", BOOKS)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_books_are_as_published(case: PublishedCase, keeper: str) -> None:
    keep, error = BOOKS[keeper]
    books = keep(case.priced_events(), case.method)
    for figure in case.figures:
        assert_near(books.figure(figure), figure.value, figure.within, error)
    for symbol, lots in (case.lots or {}).items():
        assert len(books.lots[symbol]) == len(lots)
        for (held, price), (quantity, cost) in zip(books.lots[symbol], lots, strict=True):
            assert held == Fraction(quantity)
            assert_near(price, cost, "0", error)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fees_in_the_price_or_apart_come_to_the_same(case: PublishedCase) -> None:
    trades = [event for event in case.events if isinstance(event, Trade)]
    inside = PublishedCase(
        case.name, case.source, case.method, case.events, are_fees_in_price=True
    ).priced_events()
    apart, together = (books_of_oracle(each, case.method) for each in (case.events, inside))
    moved = sum(together.costs.values(), ZERO) - sum(apart.costs.values(), ZERO)
    gained = sum(apart.gains.values(), ZERO) - sum((trade.fees for trade in trades), ZERO)
    assert sum(together.gains.values(), ZERO) - moved == gained


def test_every_case_names_its_source_once() -> None:
    assert len({case.name for case in CASES}) == len(CASES) >= 30
    assert all(case.source and case.figures for case in CASES)
