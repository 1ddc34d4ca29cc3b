"""Average cost with shorts, flips and corporate actions, event by event (metrics.md, 2 and 5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from functools import partial

from tests.reference.actions import TYPES_IN_ORDER, rounded
from tests.reference.events import CashEvent, CorporateAction, Instrument, SecurityTransfer, Trade
from tests.reference.transfers import departures

ZERO = Fraction(0)
ONE = Fraction(1)

Event = Trade | SecurityTransfer | CorporateAction | CashEvent
"""A cash event is one in lieu of a fraction, in the currency of its symbol."""
Close = Callable[[str, date], Fraction | None]
"""The last close of a symbol by a day, in the units of that day."""


@dataclass(frozen=True, slots=True)
class Position:
    """Signed units and their average cost per unit (None when flat)."""

    quantity: Fraction = ZERO
    average_cost: Fraction | None = None

    @property
    def cost(self) -> Fraction:
        """Quantity times average cost, for a multiplier of 1."""
        return self.quantity * (self.average_cost or ZERO)


FLAT = Position()


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """An event and one position that it changed or paid; money in the instrument's currency."""

    event: Event
    symbol: str
    """Of the position: a spin-off and a change of symbol have a row for each of their two."""
    value_date: date
    before: Position
    after: Position
    realized_pnl: Fraction = ZERO
    """Before fees."""
    paid: Fraction = ZERO
    """Cash of a trade before fees, of capital returned or for a fraction: it moves the cost."""
    dividend: Fraction = ZERO
    """Cash received, in `payment_currency`; negative for a short, which pays."""
    capital: Fraction = ZERO
    """Capital returned, likewise."""
    payment_currency: str | None = None
    """Of a dividend or capital; None: the instrument's."""
    cash_effect: Fraction = ZERO
    """Cash a trade moves, fees included."""
    moved_cost: Fraction = ZERO
    """Cost that a transfer brought (positive) or took away."""

    @property
    def trade(self) -> Trade:
        """The event of a row that is of a trade."""
        if not isinstance(self.event, Trade):
            raise TypeError(f"{self.event} is no trade")
        return self.event

    @property
    def fees(self) -> Fraction:
        """Fees of a trade, else 0."""
        return self.event.fees if isinstance(self.event, Trade) else ZERO

    @property
    def position_after(self) -> Fraction:
        """Units after the event."""
        return self.after.quantity

    @property
    def avg_cost_after(self) -> Fraction | None:
        """Average cost after the event."""
        return self.after.average_cost


# ------------------------------------------------------------------ one event


def apply_trade(before: Position, quantity: Fraction, price: Fraction) -> tuple[Position, Fraction]:
    """Move a position by one trade.

    Same side or flat: a' = (a*|Q| + p*|q|) / (|Q| + |q|), nothing is realised.
    Opposite side: realised = min(|q|, |Q|) * (p - a) * sign(Q); a stays, is None when flat, and is
    the price of the trade when the trade crosses zero.

    Args:
        before: The position before the trade.
        quantity: Signed units traded, positive for BUY.
        price: Price of one unit.

    Returns:
        The position after the trade, and the realised P&L for a multiplier of 1.
    """
    held, cost = before.quantity, before.average_cost
    after = held + quantity
    if cost is None or held * quantity > 0:
        paid = abs(held) * (cost or ZERO) + abs(quantity) * price
        return Position(after, paid / abs(after)), ZERO
    sign = 1 if held > 0 else -1
    realized = min(abs(quantity), abs(held)) * (price - cost) * sign
    if after == 0:
        return FLAT, realized
    crossed = after * held < 0
    return Position(after, price if crossed else cost), realized


def apply_split(before: Position, ratio: Fraction) -> Position:
    """Multiply the units, rounded, and divide the average cost; what rounds to 0 is flat."""
    quantity = rounded(before.quantity * ratio)
    if before.average_cost is None or quantity == 0:
        return FLAT
    return Position(quantity, before.average_cost / ratio)


def is_too_large(quantity: Fraction, unit_cost: Fraction) -> bool:
    """Would a position be too large for the decimals that quantities and costs are kept in?"""
    return abs(quantity) >= 10**18 or unit_cost >= 10**17


def trade_cash_effect(trade: Trade, multiplier: Fraction) -> Fraction:
    """Cash a trade moves: -signed quantity * price * multiplier - fees."""
    return -trade.signed_quantity * trade.price * multiplier - trade.fees


def fraction_of(quantity: Fraction) -> Fraction:
    """What a long position holds beyond whole shares; a short holds no fraction to be paid for."""
    return quantity % 1 if quantity > 0 else ZERO


def day_of(event: Event) -> date:
    """The day of an event, on the clock of its market."""
    if isinstance(event, CorporateAction):
        return event.ex_date
    if isinstance(event, SecurityTransfer):
        return event.transfer_date
    return event.trade_date if isinstance(event, Trade) else event.event_date


def no_close(symbol: str, day: date) -> None:
    """No symbol has a close."""


def transfer_price(transfer: SecurityTransfer, close: Close) -> Fraction | None:
    """Cost of a unit that no lots come with: the one that is named, else the close of the day."""
    if transfer.cost_per_share is not None:
        return transfer.cost_per_share
    return close(transfer.symbol, transfer.transfer_date)


def deliver(
    before: Position, quantity: Fraction, price: Fraction | None
) -> tuple[Position, Fraction]:
    """Give up units at their average cost; what is not held goes short at the price.

    Without a price that is the average cost. Returns the position after, and the cost of a unit.
    """
    average = before.average_cost or ZERO
    held = min(max(before.quantity, ZERO), quantity)
    short, price = quantity - held, average if price is None else price
    after = Position(before.quantity - held, before.average_cost)
    if after.quantity == 0:
        after = FLAT
    if short:
        after, _ = apply_trade(after, -short, price)
    return after, (held * average + short * price) / quantity


def moved_cost(action: CorporateAction) -> Fraction:
    """Share of the cost that goes to the new symbol: all of it where the symbol changes."""
    return ONE if action.type == "SYMBOL_CHANGE" else action.cost_fraction or ZERO


# ------------------------------------------------------------------ all events of an account


def in_order(events: Iterable[Event]) -> list[Event]:
    """Events as they take effect: by day, actions before trades.

    An action stands at the midnight that begins its ex-date, on the clock of its market. Actions of
    a day go by type, then by symbol and action_id; trades and transfers by (executed_at, trade_id),
    a trade before a leg of the same id.
    What arrives no later than its other leg leaves comes right after it.
    """
    events = list(events)
    pairs = departures(events)

    def place(event: Event) -> tuple[date, bool, int, datetime, str, str, bool, bool]:
        if isinstance(event, Trade):
            return event.trade_date, True, 0, event.executed_at, event.trade_id, "", False, False
        if isinstance(event, CashEvent):
            day = event.event_date
            return day, True, 0, event.timestamp, event.symbol or "", event.event_id, False, False
        if isinstance(event, SecurityTransfer):
            out = pairs.get(event.event_id, event)
            first = out if event.timestamp <= out.timestamp else event
            is_after, day = first is not event, event.transfer_date
            return day, True, 0, first.timestamp, first.event_id, "", is_after, True
        rank = TYPES_IN_ORDER.index(event.type)
        no_time = datetime.min  # noqa: DTZ901
        return event.ex_date, False, rank, no_time, event.symbol, event.source_id, False, False

    return sorted(events, key=place)


def run_ledger(
    events: Iterable[Event],
    roll: Callable[[date], date] = lambda day: day,
    instrument: Callable[[str], Instrument] = Instrument,
) -> list[LedgerRow]:
    """Run the trades of one account, and the corporate actions, through its positions.

    Args:
        events: In any order; an action on a symbol that is not held leaves no row.
        roll: Value date of a day, by the calendar of the account.
        instrument: What is known of a symbol.
    """
    ledgers = run_ledgers(events, lambda _, day: roll(day), instrument)
    return [row for rows in ledgers.values() for row in rows]


def run_ledgers(
    events: Iterable[Event],
    roll: Callable[[str, date], date],
    instrument: Callable[[str], Instrument] = Instrument,
    close: Close = no_close,
) -> dict[str, list[LedgerRow]]:
    """Run the trades and transfers of all accounts, and the corporate actions, in one order.

    Args:
        events: In any order.
        roll: Value date of a day, by the calendar of an account.
        instrument: What is known of a symbol.
        close: What a unit is worth that a transfer brings without a cost.
    """
    events = list(events)
    pairs = departures(events)
    in_transit: dict[str, Fraction] = {}
    ledgers: dict[str, _Ledger] = {}
    for event in in_order(events):
        if isinstance(event, CorporateAction):
            for ledger in ledgers.values():
                if ledger.position(event.symbol) != FLAT:
                    ledger.act(event)
            continue
        account_id = event.account_id
        if account_id not in ledgers:
            ledgers[account_id] = _Ledger(partial(roll, account_id), instrument)
        if isinstance(event, Trade):
            ledgers[account_id].trade(event)
        elif isinstance(event, CashEvent):
            ledgers[account_id].pay_fraction(event)
        else:
            out = pairs.get(event.event_id)
            unit_cost = transfer_price(event, close)
            if event.direction == "IN" and out is not None:
                unit_cost = in_transit[out.event_id]
            in_transit[event.event_id] = ledgers[account_id].transfer(event, unit_cost)
    return {account_id: ledger.rows for account_id, ledger in ledgers.items()}


class _Ledger:
    def __init__(
        self, roll: Callable[[date], date], instrument: Callable[[str], Instrument]
    ) -> None:
        self.rows: list[LedgerRow] = []
        self._positions: dict[str, Position] = {}
        self._roll = roll
        self._instrument = instrument

    def position(self, symbol: str) -> Position:
        return self._positions.get(symbol, FLAT)

    def trade(self, trade: Trade) -> None:
        multiplier = self._instrument(trade.symbol).multiplier
        after, realized = apply_trade(
            self.position(trade.symbol), trade.signed_quantity, trade.price
        )
        self._add(
            trade,
            trade.symbol,
            after,
            realized_pnl=realized * multiplier,
            paid=-trade.signed_quantity * trade.price * multiplier,
            cash_effect=trade_cash_effect(trade, multiplier),
        )

    def pay_fraction(self, event: CashEvent) -> None:
        """Sell the fraction that a long position holds for what is paid."""
        symbol = event.symbol or ""
        before, multiplier = self.position(symbol), self._instrument(symbol).multiplier
        fraction = fraction_of(before.quantity)
        if fraction:
            price = event.amount / fraction / multiplier
            after, realized = apply_trade(before, -fraction, price)
            self._add(event, symbol, after, realized_pnl=realized * multiplier, paid=event.amount)

    def transfer(self, transfer: SecurityTransfer, unit_cost: Fraction | None) -> Fraction:
        """Deliver, or receive at a cost; returns the cost of a unit. Without a cost: no event."""
        before, realized = self.position(transfer.symbol), ZERO
        if transfer.direction == "OUT":
            after, unit_cost = deliver(before, transfer.quantity, unit_cost)
        elif unit_cost is None:
            return ZERO
        else:
            after, realized = apply_trade(before, transfer.quantity, unit_cost)
        multiplier = self._instrument(transfer.symbol).multiplier
        self._add(
            transfer,
            transfer.symbol,
            after,
            realized_pnl=realized * multiplier,
            moved_cost=transfer.signed_quantity * unit_cost * multiplier,
        )
        return unit_cost

    def act(self, action: CorporateAction) -> None:
        before = self.position(action.symbol)
        if self._exceeds_decimals(action, before):
            self._add(action, action.symbol, before)
        elif action.type == "SPLIT":
            self._add(action, action.symbol, apply_split(before, action.ratio or ONE))
        elif action.type == "DIVIDEND":
            multiplier = self._instrument(action.symbol).multiplier
            paid = before.quantity * (action.amount or ZERO) * multiplier
            self._add(
                action, action.symbol, before, dividend=paid, payment_currency=action.currency
            )
        elif action.type == "RETURN_OF_CAPITAL":
            self._return_capital(action, before)
        else:
            self._move(action, before)

    def _exceeds_decimals(self, action: CorporateAction, before: Position) -> bool:
        """What would be too large is not applied: the position stays."""
        if action.type not in ("SPLIT", "SPINOFF", "SYMBOL_CHANGE"):
            return False
        ratio, child = action.ratio or ONE, action.new_symbol
        unit_cost = (before.average_cost or ZERO) / ratio
        if child:
            unit_cost *= self._instrument(action.symbol).multiplier
            unit_cost /= self._instrument(child).multiplier
        return is_too_large(before.quantity * ratio, unit_cost)

    def _return_capital(self, action: CorporateAction, before: Position) -> None:
        """Cash lowers the cost; what exceeds it is realised."""
        per_share = action.local_amount or ZERO
        multiplier = self._instrument(action.symbol).multiplier
        cost = before.average_cost or ZERO
        self._add(
            action,
            action.symbol,
            Position(before.quantity, max(cost - per_share, ZERO)),
            realized_pnl=before.quantity * max(per_share - cost, ZERO) * multiplier,
            paid=before.quantity * per_share * multiplier,
            capital=before.quantity * (action.amount or ZERO) * multiplier,
            payment_currency=action.currency,
        )

    def _move(self, action: CorporateAction, parent: Position) -> None:
        """Units arrive in the new symbol with their share of the cost."""
        ratio, share, child = action.ratio or ONE, moved_cost(action), action.new_symbol
        if child is None or parent.average_cost is None:
            raise ValueError(f"{action} has nothing to move")
        arriving = rounded(parent.quantity * ratio)
        if action.type == "SYMBOL_CHANGE":
            self._add(action, action.symbol, FLAT)
        elif arriving != 0:
            left = Position(parent.quantity, parent.average_cost * (1 - share))
            self._add(action, action.symbol, left)
        if arriving != 0:
            multiplier = self._instrument(child).multiplier
            per_unit = self._instrument(action.symbol).multiplier / multiplier
            unit_cost = share * parent.average_cost / ratio * per_unit
            after, realized = apply_trade(self.position(child), arriving, unit_cost)
            self._add(action, child, after, realized_pnl=realized * multiplier)

    def _add(
        self,
        event: Event,
        symbol: str,
        after: Position,
        *,
        realized_pnl: Fraction = ZERO,
        paid: Fraction = ZERO,
        dividend: Fraction = ZERO,
        capital: Fraction = ZERO,
        payment_currency: str | None = None,
        cash_effect: Fraction = ZERO,
        moved_cost: Fraction = ZERO,
    ) -> None:
        day = day_of(event)
        before = self.position(symbol)
        self._positions[symbol] = after
        self.rows.append(
            LedgerRow(
                event=event,
                symbol=symbol,
                value_date=self._roll(day),
                before=before,
                after=after,
                realized_pnl=realized_pnl,
                paid=paid,
                dividend=dividend,
                capital=capital,
                payment_currency=payment_currency,
                cash_effect=cash_effect,
                moved_cost=moved_cost,
            )
        )


def by_symbol(rows: Iterable[LedgerRow]) -> dict[str, list[LedgerRow]]:
    """Ledger rows of each position, in ledger order."""
    groups: dict[str, list[LedgerRow]] = defaultdict(list)
    for row in rows:
        groups[row.symbol].append(row)
    return dict(groups)


def by_value_date(rows: Sequence[LedgerRow]) -> dict[date, list[LedgerRow]]:
    """Ledger rows by value date, in ledger order."""
    groups: dict[date, list[LedgerRow]] = defaultdict(list)
    for row in rows:
        groups[row.value_date].append(row)
    return dict(groups)
