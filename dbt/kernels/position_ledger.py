"""The ledger of positions: what trades, transfers and actions make of quantity, cost and lots.

Sources of the rules: metrics.md, section 2 ("Average cost with shorts and flips", "FIFO lots",
"Splits") and section 5 ("Corporate actions", "FIFO"). Quantities are whole units of 1e-8, so every
sum of them is exact and flat is exactly 0; prices and costs are doubles.
"""

from __future__ import annotations

from bisect import insort_left
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import NamedTuple

UNITS = 10**8
"""Units in one share: quantities have 8 decimal places."""


class Limits(NamedTuple):
    """What an action may make of a position at most."""

    shares: int
    cost: float
    """Of a share."""


class EventType(IntEnum):
    """What can happen to a position."""

    TRADE = 0
    SPLIT = 1
    DIVIDEND = 2
    SPINOFF = 3
    SYMBOL_CHANGE = 4
    RETURN_OF_CAPITAL = 5
    CASH_IN_LIEU = 6
    TRANSFER = 10


class CostMethod(StrEnum):
    """Which lot a closing trade takes first."""

    FIFO = "FIFO"
    """The one opened first."""
    LIFO = "LIFO"
    """The one opened last."""
    HIFO = "HIFO"
    """The one with the highest price; of equal ones the one opened first."""


class Event(NamedTuple):
    """One event of the books that are kept together."""

    row: int
    """Names the event in what comes out."""
    chain: object
    """The books of one chain of symbols: its events stand together, in order."""
    symbol: str
    type: EventType
    units: int = 0
    """Bought or received (positive), sold or delivered (negative), in units of 1e-8."""
    price: float = 0.0
    """Of a trade: per share."""
    new_shares: int = 1
    old_shares: int = 1
    """Of an action: `new_shares` for each `old_shares`."""
    new_symbol: str | None = None
    moved_cost: float = 0.0
    """Of a SPINOFF: share of the cost that leaves the position, 0 to 1."""
    unit_scale: float = 1.0
    """Of a SPINOFF or SYMBOL_CHANGE: multiplier of the old symbol over that of the new one."""
    amount: float | None = None
    """In the currency and units of `price`. Of a RETURN_OF_CAPITAL: per share; None if its rate is
    unknown, and then nothing is booked. Of a CASH_IN_LIEU: for the whole fraction."""
    account: object = None
    """Whose book of the chain it is: transfers join the books of several."""
    pair: object = None
    """Of a TRANSFER: joins what one account delivers and another one receives later."""
    unit_cost: float | None = None
    """Of a TRANSFER: cost per share of what brings no lots; None: unknown."""


@dataclass(slots=True)
class States:
    """What each event left of each position it touched; entry i of every list belongs together."""

    row: list[int] = field(default_factory=list)
    is_arrival: list[bool] = field(default_factory=list)
    """The position is that of the event's new symbol."""
    is_applied: list[bool] = field(default_factory=list)
    """False: an action would have made more of the position than a decimal holds; it stays."""
    units_before: list[int] = field(default_factory=list)
    units_after: list[int] = field(default_factory=list)
    average_cost_after: list[float | None] = field(default_factory=list)
    """Per share; None when flat."""
    realized: list[float] = field(default_factory=list)
    """By average cost, before fees and multiplier."""
    moved_cost: list[float] = field(default_factory=list)
    """Cost that a TRANSFER brought (positive) or took away, before multiplier; else 0."""


@dataclass(slots=True)
class ClosedLots:
    """Pieces of lots, in the units of the day they were closed on."""

    method: list[str] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    """The event that closed."""
    open_row: list[int] = field(default_factory=list)
    """The trade that opened."""
    piece_number: list[int] = field(default_factory=list)
    """Counts the pieces one event closed by one method, from 1."""
    units: list[int] = field(default_factory=list)
    open_price: list[float] = field(default_factory=list)
    close_price: list[float] = field(default_factory=list)
    is_short: list[bool] = field(default_factory=list)
    closing_row: list[int] = field(default_factory=list)
    """The trade that closed: `row`, or the opener of a lot that arrived on the other side."""
    gain: list[float | None] = field(default_factory=list)
    """What a RETURN_OF_CAPITAL beyond the cost of a lot realised: such a piece closes no units."""

    def add(
        self,
        *,
        method: str,
        row: int,
        open_row: int,
        piece_number: int,
        units: int,
        open_price: float,
        close_price: float,
        is_short: bool,
        closing_row: int,
        gain: float | None = None,
    ) -> None:
        """Add a piece: a value to every list."""
        self.method.append(method)
        self.row.append(row)
        self.open_row.append(open_row)
        self.piece_number.append(piece_number)
        self.units.append(units)
        self.open_price.append(open_price)
        self.close_price.append(close_price)
        self.is_short.append(is_short)
        self.closing_row.append(closing_row)
        self.gain.append(gain)


@dataclass(slots=True)
class OpenLots:
    """Lots that no event has closed, in the units of their position's last action."""

    method: list[str] = field(default_factory=list)
    open_row: list[int] = field(default_factory=list)
    account: list[object] = field(default_factory=list)
    """Who holds it, which need not be who opened it."""
    symbol: list[str] = field(default_factory=list)
    lot_number: list[int] = field(default_factory=list)
    """Counts the lots of a position by one method in the order they came, from 1."""
    units: list[int] = field(default_factory=list)
    """Signed."""
    open_price: list[float] = field(default_factory=list)


@dataclass(slots=True)
class MovedLots:
    """Lots that a TRANSFER brought or took away, in the units of its day."""

    method: list[str] = field(default_factory=list)
    row: list[int] = field(default_factory=list)
    """The transfer."""
    open_row: list[int] = field(default_factory=list)
    lot_number: list[int] = field(default_factory=list)
    """Counts the lots of one transfer by one method, from 1."""
    units: list[int] = field(default_factory=list)
    """Positive received, negative delivered."""
    open_price: list[float] = field(default_factory=list)


@dataclass(slots=True)
class Ledger:
    """All that the events come to."""

    states: States = field(default_factory=States)
    closed_lots: ClosedLots = field(default_factory=ClosedLots)
    open_lots: OpenLots = field(default_factory=OpenLots)
    moved_lots: MovedLots = field(default_factory=MovedLots)


def rounded_units(units: int, new_shares: int, old_shares: int) -> int:
    """Units after `new_shares` for each `old_shares`, rounded half away from zero."""
    size = (2 * abs(units) * new_shares + old_shares) // (2 * old_shares)
    return size if units >= 0 else -size


def replay(
    events: Iterable[Event],
    methods: Sequence[CostMethod | str] = tuple(CostMethod),
    *,
    limits: Limits,
) -> Ledger:
    """Replay events, chain by chain.

    Args:
        events: Chain after chain, each in the order of its events.
        methods: The cost methods lots are kept by; average cost is kept in any case.
        limits: An action that would go beyond them leaves the position as it is.

    Raises:
        ValueError: A method is unknown, or shares of a ratio are not positive.
    """
    ledger = Ledger()
    in_use = [CostMethod(method) for method in methods]
    chain: object = None
    books: dict[object, dict[str, _Position]] = {}
    in_transit: dict[object, _Arrivals] = {}
    for event in events:
        if event.chain != chain:
            _close_books(books, ledger.open_lots)
            books, in_transit = {}, {}
            chain = event.chain
        positions = books.setdefault(event.account, {})
        position = positions.get(event.symbol)
        if position is None:
            position = positions[event.symbol] = _Position(in_use)
        if event.type == EventType.TRADE:
            before = position.units
            realized = position.trade(event.row, event.units, event.price, ledger)
            _note(ledger.states, event.row, before, position, realized)
        elif event.type == EventType.TRANSFER:
            _transfer(event, position, in_transit, ledger)
        elif position.units:
            _act(event, positions, in_use, limits, ledger)
    _close_books(books, ledger.open_lots)
    return ledger


def _transfer(
    event: Event, position: _Position, in_transit: dict[object, _Arrivals], ledger: Ledger
) -> None:
    """Deliver lots, or receive those another account delivered, or units at a cost of their own.

    What arrives with neither lots nor a known cost is not booked.
    """
    before, realized = position.units, 0.0
    if event.units < 0:
        moved = position.deliver(event.row, -event.units, event.unit_cost, ledger)
        if event.pair is not None:
            in_transit[event.pair] = moved
    elif event.pair in in_transit:
        moved = in_transit.pop(event.pair)
        realized = position.receive(event.row, moved, ledger)
    elif event.unit_cost is not None:
        bought = _Lot(event.row, event.units, event.unit_cost, 0)
        moved = _Arrivals(
            event.units, event.unit_cost, {book.method: [bought] for book in position.books}
        )
        realized = position.trade(event.row, event.units, event.unit_cost, ledger)
    else:
        return
    moved_cost = event.units / UNITS * moved.average_cost
    _note(ledger.states, event.row, before, position, realized, moved_cost=moved_cost)
    sign = 1 if event.units > 0 else -1
    moved_lots = ledger.moved_lots
    for method, lots in moved.lots.items():
        for number, lot in enumerate(lots, start=1):
            moved_lots.method.append(method)
            moved_lots.row.append(event.row)
            moved_lots.open_row.append(lot.open_row)
            moved_lots.lot_number.append(number)
            moved_lots.units.append(sign * lot.units)
            moved_lots.open_price.append(lot.price)


def _act(
    event: Event,
    positions: dict[str, _Position],
    methods: list[CostMethod],
    limits: Limits,
    ledger: Ledger,
) -> None:
    """Let a corporate action change the positions of its holder."""
    new, old = event.new_shares, event.old_shares
    if new <= 0 or old <= 0:
        raise ValueError(f"event {event.row}: shares of a ratio must be above 0")
    position = positions[event.symbol]
    before = position.units
    realized: float | None = 0.0
    if _is_too_large(event, position, limits):
        _note(ledger.states, event.row, before, position, 0.0, is_applied=False)
        return
    if event.type == EventType.SPLIT:
        position.split(new, old)
    elif event.type == EventType.RETURN_OF_CAPITAL:
        realized = position.return_capital(event, ledger)
    elif event.type == EventType.CASH_IN_LIEU:
        realized = position.pay_fraction(event, ledger)
    elif event.type in (EventType.SPINOFF, EventType.SYMBOL_CHANGE):
        realized = _pass_on(event, positions, methods, ledger)
    if realized is not None:
        _note(ledger.states, event.row, before, position, realized)


def _is_too_large(event: Event, position: _Position, limits: Limits) -> bool:
    """Would the shares or the cost after the ratio of an action exceed what a decimal holds?"""
    if event.type not in (EventType.SPLIT, EventType.SPINOFF, EventType.SYMBOL_CHANGE):
        return False
    new, old = event.new_shares, event.old_shares
    return (
        abs(position.units) * new >= limits.shares * UNITS * old
        or position.highest_cost() * old / new * event.unit_scale >= limits.cost
    )


def _pass_on(
    event: Event, positions: dict[str, _Position], methods: list[CostMethod], ledger: Ledger
) -> float | None:
    """Bring a position, or a share of it, to a new symbol; None where nothing moves."""
    if event.new_symbol is None or event.new_symbol == event.symbol:
        raise ValueError(f"event {event.row}: a new symbol is needed")
    new, old = event.new_shares, event.old_shares
    position = positions[event.symbol]
    moves_all = event.type == EventType.SYMBOL_CHANGE
    moved_cost = 1.0 if moves_all else event.moved_cost
    arrivals = position.arrivals(new, old, moved_cost * old / new * event.unit_scale)
    target = positions.get(event.new_symbol)
    if target is None:
        target = positions[event.new_symbol] = _Position(methods)
    if moves_all:
        position.empty()
    elif arrivals.units:
        position.scale_cost(1.0 - moved_cost)
    if arrivals.units:
        target_before = target.units
        realized = target.receive(event.row, arrivals, ledger)
        _note(ledger.states, event.row, target_before, target, realized, is_arrival=True)
    return 0.0 if moves_all or arrivals.units else None  # too small to have a share of the child


def _note(
    states: States,
    row: int,
    before: int,
    position: _Position,
    realized: float,
    *,
    is_arrival: bool = False,
    is_applied: bool = True,
    moved_cost: float = 0.0,
) -> None:
    states.row.append(row)
    states.is_arrival.append(is_arrival)
    states.is_applied.append(is_applied)
    states.units_before.append(before)
    states.units_after.append(position.units)
    states.average_cost_after.append(position.average_cost if position.units else None)
    # A short bought back at its cost realises -0.0; a zero has no sign.
    states.realized.append(realized + 0.0)
    states.moved_cost.append(moved_cost + 0.0)


def _close_books(books: dict[object, dict[str, _Position]], open_lots: OpenLots) -> None:
    held = (
        (account, symbol, position)
        for account, positions in books.items()
        for symbol, position in positions.items()
    )
    for account, symbol, position in held:
        sign = 1 if position.units > 0 else -1
        for book in position.books:
            for number, lot in enumerate(book.in_order(), start=1):
                open_lots.method.append(book.method)
                open_lots.open_row.append(lot.open_row)
                open_lots.account.append(account)
                open_lots.symbol.append(symbol)
                open_lots.lot_number.append(number)
                open_lots.units.append(sign * lot.units)
                open_lots.open_price.append(lot.price)


@dataclass(slots=True)
class _Lot:
    open_row: int
    units: int
    """Without sign: the position has it."""
    price: float
    number: int
    """Counts the lots of a book in the order they came."""


class _Arrivals(NamedTuple):
    """What a position of another symbol or account brings to the one that receives it."""

    units: int
    """Signed."""
    average_cost: float
    lots: dict[CostMethod, list[_Lot]]


class _Book:
    """The open lots of one position by one method; the next one to close stands last."""

    __slots__ = ("lots", "method", "numbered")

    def __init__(self, method: CostMethod) -> None:
        self.method = method
        self.lots: deque[_Lot] | list[_Lot] = deque() if method is CostMethod.FIFO else []
        self.numbered = 0

    def add(self, open_row: int, units: int, price: float) -> None:
        self.numbered += 1
        lot = _Lot(open_row, units, price, self.numbered)
        if self.method is CostMethod.LIFO:
            self.lots.append(lot)
        elif isinstance(self.lots, deque):
            self.lots.appendleft(lot)
        else:  # left of equal prices: the one that came first is taken first
            insort_left(self.lots, lot, key=_price)

    def in_order(self) -> list[_Lot]:
        """The lots in the order they came."""
        return sorted(self.lots, key=_number)

    def take(self, units: int) -> list[_Lot]:
        """Take lots out as a closing trade would; they come in the order they came in here."""
        taken = []
        while units:
            lot = self.lots[-1]
            piece = min(lot.units, units)
            taken.append(_Lot(lot.open_row, piece, lot.price, lot.number))
            if piece == lot.units:
                self.lots.pop()
            else:
                lot.units -= piece
            units -= piece
        return sorted(taken, key=_number)

    def replace(self, lots: Iterable[_Lot]) -> None:
        """Put other lots, in the order they came, in the place of all."""
        self.lots.clear()
        for lot in lots:
            self.add(lot.open_row, lot.units, lot.price)


def _price(lot: _Lot) -> float:
    return round(lot.price, 10)  # as prices are quoted: 0.3 before a 3:1 split is 0.1 after it


def _number(lot: _Lot) -> int:
    return lot.number


def _cut(lots: Iterable[_Lot], new: int, old: int, price_ratio: float) -> list[_Lot]:
    """Lots after a ratio, cut at rounded cumulative boundaries, so that they sum exactly."""
    cut = []
    boundary = rounded_boundary = 0
    for lot in lots:
        boundary += lot.units
        end = rounded_units(boundary, new, old)
        if end > rounded_boundary:
            cut.append(_Lot(lot.open_row, end - rounded_boundary, lot.price * price_ratio, 0))
        rounded_boundary = end
    return cut


class _Position:
    """What an account holds of one symbol."""

    __slots__ = ("average_cost", "books", "units")

    def __init__(self, methods: Iterable[CostMethod]) -> None:
        self.units = 0
        self.average_cost = 0.0
        self.books = [_Book(method) for method in methods]

    def trade(self, row: int, units: int, price: float, ledger: Ledger) -> float:
        """Buy or sell; returns what average cost realises."""
        held = self.units
        self.units = held + units
        if held == 0 or (held > 0) == (units > 0):
            before, added = abs(held) / UNITS, abs(units) / UNITS
            self.average_cost = (
                (self.average_cost * before + price * added) / (before + added) if held else price
            )
            for book in self.books:
                book.add(row, abs(units), price)
            return 0.0
        closing = min(abs(units), abs(held))
        sign = 1 if held > 0 else -1
        realized = closing / UNITS * (price - self.average_cost) * sign
        for book in self.books:
            _close(book, (row, row), closing, price, held, ledger)
        if abs(units) > closing:
            self.average_cost = price
            for book in self.books:
                book.add(row, abs(units) - closing, price)
        return realized

    def highest_cost(self) -> float:
        """The highest cost of a share: the average one, or that of a lot."""
        lots = (lot.price for book in self.books for lot in book.lots)
        return max(self.average_cost, max(lots, default=0.0))

    def split(self, new: int, old: int) -> None:
        """Multiply the quantity, divide the cost."""
        self.units = rounded_units(self.units, new, old)
        self.average_cost = self.average_cost * old / new
        for book in self.books:
            book.replace(_cut(book.in_order(), new, old, old / new))

    def arrivals(self, new: int, old: int, price_ratio: float) -> _Arrivals:
        """What this position brings to a new symbol, at its cost times the ratio."""
        return _Arrivals(
            rounded_units(self.units, new, old),
            self.average_cost * price_ratio,
            {book.method: _cut(book.in_order(), new, old, price_ratio) for book in self.books},
        )

    def receive(self, row: int, arrivals: _Arrivals, ledger: Ledger) -> float:
        """Take in what comes from another symbol or account; returns what average cost realises.

        Into a position of the other side it comes as a trade at its own cost.
        """
        books, self.books = self.books, []
        realized = self.trade(row, arrivals.units, arrivals.average_cost, ledger)
        self.books = books
        held = self.units - arrivals.units
        for book in books:
            against = abs(held) if held and (held > 0) != (arrivals.units > 0) else 0
            pieces = 0
            for lot in arrivals.lots[book.method]:
                closing = min(lot.units, against)
                against -= closing
                pieces = _close(book, (row, lot.open_row), closing, lot.price, held, ledger, pieces)
                if lot.units > closing:
                    book.add(lot.open_row, lot.units - closing, lot.price)
        return realized

    def deliver(self, row: int, units: int, unit_cost: float | None, ledger: Ledger) -> _Arrivals:
        """Give up units at their cost, which realises nothing; returns what goes.

        What is not held is sold short at the unit cost, if that is unknown at the average cost.
        """
        held = min(max(self.units, 0), units)
        short = units - held
        average = self.average_cost if self.units else 0.0
        price = average if unit_cost is None else unit_cost
        lots = {book.method: book.take(held) for book in self.books}
        self.units -= held
        if short:
            self.trade(row, -short, price, ledger)
            for taken in lots.values():
                taken.append(_Lot(row, short, price, 0))
        return _Arrivals(units, (average * held + price * short) / units, lots)

    def scale_cost(self, ratio: float) -> None:
        """Keep a share of the cost."""
        self.average_cost *= ratio
        for book in self.books:
            lots = book.in_order()
            for lot in lots:
                lot.price *= ratio
            book.replace(lots)  # prices that have become equal stand in another order

    def return_capital(self, event: Event, ledger: Ledger) -> float | None:
        """Lower the cost by what is paid back per share; returns what exceeds it, as realised."""
        amount, sign = event.amount, 1 if self.units > 0 else -1
        if amount is None:
            return None
        realized = self.units / UNITS * max(amount - self.average_cost, 0.0)
        self.average_cost = max(self.average_cost - amount, 0.0)
        for book in self.books:
            lots = book.in_order()
            pieces = 0
            for lot in lots:
                excess = amount - lot.price
                lot.price = max(-excess, 0.0)
                if excess > 0:
                    pieces += 1
                    ledger.closed_lots.add(
                        method=book.method,
                        row=event.row,
                        open_row=lot.open_row,
                        piece_number=pieces,
                        units=0,
                        open_price=0.0,
                        close_price=excess,
                        is_short=self.units < 0,
                        closing_row=lot.open_row,
                        gain=sign * lot.units / UNITS * excess,
                    )
            book.replace(lots)
        return realized

    def pay_fraction(self, event: Event, ledger: Ledger) -> float | None:
        """Sell the fraction of a share for what is paid; None where a long holds none."""
        fraction = self.units % UNITS
        if self.units < 0 or not fraction or event.amount is None:
            return None
        return self.trade(event.row, -fraction, event.amount * UNITS / fraction, ledger)

    def empty(self) -> None:
        """All has gone to another symbol."""
        self.units = 0
        self.average_cost = 0.0
        for book in self.books:
            book.replace([])


def _close(
    book: _Book,
    rows: tuple[int, int],
    units: int,
    price: float,
    held: int,
    ledger: Ledger,
    pieces: int = 0,
) -> int:
    """Close units of a position held; returns the pieces the event has closed so far."""
    lots = book.lots
    row, closing_row = rows
    while units:
        lot = lots[-1]
        pieces += 1
        if lot.units <= units:
            piece = lot.units
            lots.pop()
        else:
            piece = units
            lot.units -= piece
        units -= piece
        ledger.closed_lots.add(
            method=book.method,
            row=row,
            open_row=lot.open_row,
            piece_number=pieces,
            units=piece,
            open_price=lot.price,
            close_price=price,
            is_short=held < 0,
            closing_row=closing_row,
        )
    return pieces
