"""The lots of positions, by three cost methods (metrics.md, 2 and 5).

A lot keeps the id of the trade that opened it through splits, spin-offs, changes of symbol and
transfers; a lot that came alone in kind is named after its leg.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from tests.reference.actions import rounded
from tests.reference.events import CashEvent, CorporateAction, Instrument, SecurityTransfer, Trade
from tests.reference.ledger import (
    ONE,
    ZERO,
    Close,
    Event,
    fraction_of,
    in_order,
    moved_cost,
    no_close,
    run_ledgers,
    transfer_price,
)
from tests.reference.transfers import departures


@dataclass(frozen=True, slots=True)
class Lot:
    """Units of one trade; negative when short. The price is of one unit."""

    open_trade_id: str
    quantity: Fraction
    price: Fraction


@dataclass(frozen=True, slots=True)
class LotMatch:
    """A piece of a lot that a later trade closed, in the units of that day.

    A lot that arrives from another symbol closes what it meets on the other side as a trade would;
    the piece then has the arriving lot's own trade as close_trade_id. Cash in lieu closes without a
    trade, close_trade_id is then empty. Capital returned beyond the cost of a lot is a piece of no
    units with a gain.
    """

    symbol: str
    open_trade_id: str
    close_trade_id: str
    quantity: Fraction
    open_price: Fraction
    close_price: Fraction
    is_short: bool
    is_of_arrival: bool = False
    """No trade closed it."""
    gain: Fraction | None = None

    @property
    def realized_pnl(self) -> Fraction:
        """Profit before fees and multiplier; a short gains when the price falls."""
        if self.gain is not None:
            return self.gain
        gain = self.quantity * (self.close_price - self.open_price)
        return -gain if self.is_short else gain


def _first(_: Sequence[Lot]) -> int:
    return 0


def _last(lots: Sequence[Lot]) -> int:
    return len(lots) - 1


def _highest(lots: Sequence[Lot]) -> int:
    """The highest price; of equal ones the first opened."""
    return max(range(len(lots)), key=lambda place: (lots[place].price, -place))


METHODS: dict[str, Callable[[Sequence[Lot]], int]] = {
    "FIFO": _first,
    "LIFO": _last,
    "HIFO": _highest,
}
"""Which of the open lots, in the order of their opening, is closed next."""


def leg_id(transfer: SecurityTransfer) -> str:
    """Names the leg of a transfer among the trades that open lots; a trade may have its id."""
    return f"TRANSFER|{transfer.event_id}"


def cut(lots: Sequence[Lot], ratio: Fraction, price_factor: Fraction) -> list[Lot]:
    """Lots in other units: cut at rounded cumulative boundaries, so that they sum exactly.

    Args:
        lots: In the order of their opening.
        ratio: New units per old.
        price_factor: What a price is multiplied by.
    """
    result = []
    boundary, rounded_boundary = ZERO, ZERO
    for lot in lots:
        boundary += lot.quantity
        upper = rounded(boundary * ratio)
        if upper != rounded_boundary:
            price = lot.price * price_factor
            result.append(replace(lot, quantity=upper - rounded_boundary, price=price))
        rounded_boundary = upper
    return result


def match_lots(
    events: Iterable[Event],
    method: str = "FIFO",
    instrument: Callable[[str], Instrument] = Instrument,
) -> tuple[list[LotMatch], dict[str, list[Lot]]]:
    """Match the trades of one account, in their order and through the corporate actions.

    Args:
        events: Trades and actions, in any order.
        method: FIFO, LIFO or HIFO.
        instrument: What is known of a symbol.

    Returns:
        The pieces closed, in order, and the open lots of each symbol, in the order of opening.
    """
    books = match_lots_of_accounts(events, method, instrument)
    return next(iter(books.values()), ([], {}))


def match_lots_of_accounts(
    events: Iterable[Event],
    method: str = "FIFO",
    instrument: Callable[[str], Instrument] = Instrument,
    close: Close = no_close,
) -> dict[str, tuple[list[LotMatch], dict[str, list[Lot]]]]:
    """The same for all accounts, which may pass lots on to each other."""
    events = list(events)
    pairs = departures(events)
    averages = {
        row.event.event_id: row.before.average_cost or ZERO
        for rows in run_ledgers(events, lambda _, day: day, instrument, close).values()
        for row in rows
        if isinstance(row.event, SecurityTransfer)
    }
    in_transit: dict[str, list[Lot]] = {}
    books: dict[str, _LotBook] = {}
    for event in in_order(events):
        if isinstance(event, CorporateAction):
            for book in books.values():
                book.act(event)
            continue
        if event.account_id not in books:
            books[event.account_id] = _LotBook(METHODS[method], instrument)
        book = books[event.account_id]
        if isinstance(event, Trade):
            book.add(event.symbol, Lot(event.trade_id, event.signed_quantity, event.price))
        elif isinstance(event, CashEvent):
            book.pay_fraction(event)
        elif event.direction == "OUT":
            price = transfer_price(event, close)
            short_price = averages[event.event_id] if price is None else price
            in_transit[event.event_id] = book.deliver(event, short_price)
        else:
            out = pairs.get(event.event_id)
            lots = in_transit[out.event_id] if out else None
            book.receive(event, transfer_price(event, close), lots)
    return {
        account_id: (book.matches, {symbol: lots for symbol, lots in book.lots.items() if lots})
        for account_id, book in books.items()
    }


class _LotBook:
    def __init__(
        self,
        choose: Callable[[Sequence[Lot]], int],
        instrument: Callable[[str], Instrument],
    ) -> None:
        self.matches: list[LotMatch] = []
        self.lots: dict[str, list[Lot]] = defaultdict(list)
        self._choose = choose
        self._instrument = instrument

    def add(self, symbol: str, arriving: Lot, *, is_of_arrival: bool = False) -> None:
        """Close lots of the other side; what is left opens a lot of its own."""
        lots, left = self.lots[symbol], arriving.quantity
        while left and lots and lots[0].quantity * left < 0:
            place = self._choose(lots)
            lot = lots[place]
            closed = min(abs(lot.quantity), abs(left))
            sign = 1 if left > 0 else -1
            self.matches.append(
                LotMatch(
                    symbol=symbol,
                    open_trade_id=lot.open_trade_id,
                    close_trade_id=arriving.open_trade_id,
                    quantity=closed,
                    open_price=lot.price,
                    close_price=arriving.price,
                    is_short=lot.quantity < 0,
                    is_of_arrival=is_of_arrival,
                )
            )
            left -= sign * closed
            rest = lot.quantity + sign * closed
            lots[place : place + 1] = [replace(lot, quantity=rest)] if rest else []
        if left:
            lots.append(replace(arriving, quantity=left))

    def deliver(self, transfer: SecurityTransfer, price: Fraction) -> list[Lot]:
        """Give up lots as a sale would, realising nothing; what is not held goes short."""
        lots, left = self.lots[transfer.symbol], transfer.quantity
        gone: list[tuple[int, Lot]] = []
        places = list(range(len(lots)))
        while left and lots and lots[0].quantity > 0:
            place = self._choose(lots)
            lot, opened = lots[place], places[place]
            taken = min(lot.quantity, left)
            gone.append((opened, replace(lot, quantity=taken)))
            left -= taken
            if taken == lot.quantity:
                del lots[place], places[place]
            else:
                lots[place] = replace(lot, quantity=lot.quantity - taken)
        moved = [lot for _, lot in sorted(gone, key=lambda each: each[0])]
        if left:
            short = Lot(leg_id(transfer), left, price)
            lots.append(replace(short, quantity=-left))
            moved.append(short)
        return moved

    def receive(
        self, transfer: SecurityTransfer, price: Fraction | None, lots: list[Lot] | None
    ) -> None:
        """Take in what another account delivered, else a lot of its own if its price is known."""
        if lots is None:
            lots = [] if price is None else [Lot(leg_id(transfer), transfer.quantity, price)]
        for lot in lots:
            self.add(transfer.symbol, lot, is_of_arrival=True)

    def act(self, action: CorporateAction) -> None:
        """Restate the lots of the symbol, or move them to another one."""
        lots, ratio = self.lots[action.symbol], action.ratio or ONE
        if action.type == "SPLIT":
            self.lots[action.symbol] = cut(lots, ratio, 1 / ratio)
        if action.type == "RETURN_OF_CAPITAL":
            self._return_capital(action)
        if action.type not in ("SPINOFF", "SYMBOL_CHANGE") or action.new_symbol is None:
            return
        share = moved_cost(action)
        parent, child = self._instrument(action.symbol), self._instrument(action.new_symbol)
        arriving = cut(lots, ratio, share / ratio * parent.multiplier / child.multiplier)
        if action.type == "SYMBOL_CHANGE":
            self.lots[action.symbol] = []
        elif arriving:
            self.lots[action.symbol] = [replace(lot, price=lot.price * (1 - share)) for lot in lots]
        for lot in arriving:
            self.add(action.new_symbol, lot, is_of_arrival=True)

    def _return_capital(self, action: CorporateAction) -> None:
        """Lower the price of every lot; what exceeds it is a gain of that lot."""
        paid = action.local_amount or ZERO
        for place, lot in enumerate(self.lots[action.symbol]):
            excess = paid - lot.price
            self.lots[action.symbol][place] = replace(lot, price=max(-excess, ZERO))
            if excess > 0:
                self.matches.append(
                    LotMatch(
                        symbol=action.symbol,
                        open_trade_id=lot.open_trade_id,
                        close_trade_id=lot.open_trade_id,
                        quantity=ZERO,
                        open_price=ZERO,
                        close_price=excess,
                        is_short=lot.quantity < 0,
                        is_of_arrival=True,
                        gain=lot.quantity * excess,
                    )
                )

    def pay_fraction(self, event: CashEvent) -> None:
        """Close the fraction of a long position at what is paid for it."""
        symbol = event.symbol or ""
        fraction = fraction_of(sum((lot.quantity for lot in self.lots[symbol]), ZERO))
        if fraction:
            price = event.amount / fraction / self._instrument(symbol).multiplier
            self.add(symbol, Lot("", -fraction, price), is_of_arrival=True)
