"""Average cost with shorts and flips, trade by trade (metrics.md, section 2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tests.reference.events import Trade

ZERO = Fraction(0)


@dataclass(frozen=True, slots=True)
class Position:
    """Signed units and their average cost per unit (None when flat)."""

    quantity: Fraction = ZERO
    average_cost: Fraction | None = None


FLAT = Position()


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """A trade and the position after it (fact_trades). Realised P&L is before fees."""

    trade: Trade
    value_date: date
    position_after: Fraction
    avg_cost_after: Fraction | None
    realized_pnl: Fraction


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


def run_ledger(
    trades: Iterable[Trade],
    value_date: Callable[[Trade], date],
    multiplier: Fraction = Fraction(1),
) -> list[LedgerRow]:
    """Run the trades of one account and symbol in the order (executed_at, trade_id)."""
    rows = []
    position = FLAT
    for trade in sorted(trades, key=lambda each: (each.executed_at, each.trade_id)):
        position, realized = apply_trade(position, trade.signed_quantity, trade.price)
        rows.append(
            LedgerRow(
                trade=trade,
                value_date=value_date(trade),
                position_after=position.quantity,
                avg_cost_after=position.average_cost,
                realized_pnl=realized * multiplier,
            )
        )
    return rows


def by_position(trades: Iterable[Trade]) -> dict[tuple[str, str], list[Trade]]:
    """Trades by (account_id, symbol)."""
    groups: dict[tuple[str, str], list[Trade]] = defaultdict(list)
    for trade in trades:
        groups[trade.account_id, trade.symbol].append(trade)
    return dict(groups)


def by_value_date(rows: Sequence[LedgerRow]) -> dict[date, list[LedgerRow]]:
    """Ledger rows by value date, in ledger order."""
    groups: dict[date, list[LedgerRow]] = defaultdict(list)
    for row in rows:
        groups[row.value_date].append(row)
    return dict(groups)
