"""P&L explained: where the change in value of each position and cash balance comes from.

Everything is in the base currency of the account. Q0 and P0 are the units and their value at the
close before, restated by the splits since; P1 and FX1 are of the close of the day (metrics.md, 5).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tests.reference.actions import NO_ACTIONS, ShareHistory
from tests.reference.books import (
    ZERO,
    Amount,
    Books,
    PositionRow,
    carried_in,
    cash_revaluation,
    conversion_results,
    difference,
    revalued,
    transferred_value,
)
from tests.reference.events import CorporateAction, SecurityTransfer
from tests.reference.fx import convert, total
from tests.reference.ledger import LedgerRow, by_value_date, day_of

CASH = "CASH:"


@dataclass(frozen=True, slots=True)
class ExplainRow:
    """One row of pnl_explain_daily; fees are stored positive."""

    price_pnl: Amount = ZERO
    fx_pnl: Amount = ZERO
    cross_pnl: Amount = ZERO
    trading_pnl: Amount = ZERO
    dividends: Amount = ZERO
    interest: Amount = ZERO
    fees: Amount = ZERO
    fx_cash_pnl: Amount = ZERO
    total_pnl: Amount = ZERO
    """Change in value less what was paid for it."""

    @property
    def explained_pnl(self) -> Amount:
        """Sum of the parts."""
        parts = total(
            (
                self.price_pnl,
                self.fx_pnl,
                self.cross_pnl,
                self.trading_pnl,
                self.dividends,
                self.interest,
                self.fx_cash_pnl,
            )
        )
        return difference(parts, self.fees)

    @property
    def unexplained(self) -> Amount:
        """What the parts leave over."""
        return difference(self.total_pnl, self.explained_pnl)


def _last_unit_value(before: Fraction, row: PositionRow) -> Fraction:
    """P1: the close, else the average cost, else (flat and never priced) what it was before."""
    if row.close_price is None and row.avg_cost_per_share is None:
        return before
    return row.unit_value


def _is_traded(row: LedgerRow) -> bool:
    """Whether units came or went at a price, or at none."""
    return not isinstance(row.event, CorporateAction) or row.event.type in (
        "RETURN_OF_CAPITAL",
        "SPINOFF",
        "SYMBOL_CHANGE",
    )


def _received(row: LedgerRow, at_close: PositionRow, shares: ShareHistory) -> Fraction:
    """What a transfer brought (positive) or took away, at the close."""
    if not isinstance(row.event, SecurityTransfer):
        return ZERO
    return transferred_value(row, at_close, shares)


def _traded(
    events: Iterable[LedgerRow],
    shares: ShareHistory,
    day: date,
    last: Fraction,
    at_close: PositionRow,
) -> Fraction:
    """Sum of q * (P1 - p) in the units of the day, with the multiplier.

    What arrives or leaves by a spin-off or a change of symbol counts as traded at a price of 0, a
    fraction at what is paid for it, a transfer at the close. Capital returned is paid for nothing
    traded.
    """
    result = ZERO
    for row in events:
        if isinstance(row.event, CorporateAction) and row.event.type == "SPLIT":
            continue
        ratio = shares.ratio(day_of(row.event), day)
        moved = (row.after.quantity - row.before.quantity) * ratio * last * at_close.multiplier
        result += moved + row.paid - _received(row, at_close, shares)
    return result


def position_explained(
    row: PositionRow,
    held: PositionRow | None,
    events: Sequence[LedgerRow],
    shares: ShareHistory,
    days: tuple[date | None, date],
    payments: tuple[Amount, Amount],
) -> ExplainRow:
    """Explain one day of one position.

    Args:
        row: The position at the close of the day.
        held: The same at the close before, None where it was not held.
        events: Its events of the day.
        shares: Splits of its symbol.
        days: The valuation day before (None on an account's first) and the day.
        payments: Dividends, and what capital returned in another currency is worth beyond what the
            cost fell by.
    """
    before, day = days
    carried = carried_in(held, shares, before, day)
    first = ZERO
    if held is not None and before is not None:
        first = held.unit_value / shares.ratio(before, day)
    last = _last_unit_value(first, row)
    fx0, fx1 = held.conversion if held else None, row.conversion
    moved = carried.quantity * (last - first) * row.multiplier
    dividends, conversions = payments
    received = [_received(each, row, shares) for each in events]
    paid = convert(
        sum((each.paid - each.fees for each in events), ZERO) - sum(received, ZERO),
        fx1,
        is_nothing=not any(received) and not any(each.paid or each.fees for each in events),
    )
    value_before = held.market_value if held else ZERO
    return ExplainRow(
        price_pnl=convert(moved, fx0),
        fx_pnl=total((revalued(carried.quantity * first * row.multiplier, fx0, fx1), conversions)),
        cross_pnl=revalued(moved, fx0, fx1),
        trading_pnl=convert(
            _traded(events, shares, day, last, row),
            fx1,
            is_nothing=not any(_is_traded(each) for each in events),
        ),
        dividends=dividends,
        fees=convert(sum((each.fees for each in events), ZERO), fx1),
        total_pnl=total((difference(row.market_value, value_before), paid, dividends, conversions)),
    )


def explain(books: Books) -> dict[tuple[str, str, date], ExplainRow]:
    """Explain every row of fact_pnl_daily."""
    result: dict[tuple[str, str, date], ExplainRow] = {}
    for account_id in books.account_ids:
        account_days = books.days_of(account_id)
        day_before: dict[date, date | None] = dict(
            zip(account_days, (None, *account_days), strict=False)
        )
        conversions = conversion_results(
            row for row in books.cash_events.values() if row.event.account_id == account_id
        )
        events_of = {
            symbol: by_value_date(rows)
            for (owner, symbol), rows in books.ledgers.items()
            if owner == account_id
        }
        rows_of: dict[str, dict[date, PositionRow]] = defaultdict(dict)
        for (owner, symbol, day), row in books.positions.items():
            if owner == account_id:
                rows_of[symbol][day] = row
        for symbol, rows in rows_of.items():
            shares = books.shares.get(symbol, NO_ACTIONS)
            for day, row in rows.items():
                before = day_before[day]
                held = rows.get(before) if before else None
                events = events_of[symbol].get(day, [])
                payments = (
                    books.dividends(account_id, symbol, events, day),
                    books.capital_conversions(account_id, symbol, events, day),
                )
                result[account_id, symbol, day] = position_explained(
                    row, held, events, shares, (before, day), payments
                )
        for (owner, currency, day), balance in books.cash_balances.items():
            if owner != account_id:
                continue
            before = day_before[day]
            held_cash = books.cash_balances.get((owner, currency, before)) if before else None
            pnl = books.pnl[owner, CASH + currency, day]
            has_values = balance.cash_value is not None and (
                held_cash is None or held_cash.cash_value is not None
            )
            result[owner, CASH + currency, day] = ExplainRow(
                trading_pnl=total((pnl.realized_pnl, conversions.get((currency, day), ZERO))),
                interest=pnl.interest,
                fees=pnl.fees,
                fx_cash_pnl=cash_revaluation(held_cash, balance.conversion),
                total_pnl=pnl.total_pnl if has_values else None,
            )
    return result
