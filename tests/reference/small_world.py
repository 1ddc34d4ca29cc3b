"""Short words for building worlds that a person can check by hand."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction

from tests.reference.events import CashEvent, CorporateAction, FxRate, Price, Trade, ratio_of


def money(text: str | int) -> Fraction:
    """An exact number from its decimal text."""
    return Fraction(text)


def day(text: str) -> date:
    """A day of 2024 from `MM-DD`, or of any year from ISO text."""
    return date.fromisoformat(text if len(text) > len("MM-DD") else f"2024-{text}")


def noon(text: str) -> datetime:
    """Noon UTC of a day."""
    found = day(text)
    return datetime(found.year, found.month, found.day, 12)  # noqa: DTZ001 - UTC without a zone


def trade(
    trade_id: str,
    on: str,
    quantity: str | int,
    price: str | int,
    *,
    fees: str | int = 0,
    symbol: str = "X",
    account_id: str = "A",
) -> Trade:
    """A trade at noon; a negative quantity is a SELL."""
    signed = money(quantity)
    return Trade(
        trade_id=trade_id,
        account_id=account_id,
        symbol=symbol,
        side="BUY" if signed > 0 else "SELL",
        quantity=abs(signed),
        price=money(price),
        executed_at=noon(on),
        fees=money(fees),
    )


def cash(
    event_id: str,
    on: str,
    kind: str,
    amount: str | int,
    *,
    account_id: str = "A",
    transfer_id: str | None = None,
    currency: str | None = None,
) -> CashEvent:
    """A cash event at noon."""
    return CashEvent(
        event_id=event_id,
        account_id=account_id,
        amount=money(amount),
        type=kind,
        timestamp=noon(on),
        transfer_id=transfer_id,
        currency=currency,
    )


def close(on: str, price: str | int, *, symbol: str = "X") -> Price:
    """An official close."""
    return Price(symbol, day(on), None, money(price))


def split(on: str, ratio: str, *, symbol: str = "X") -> CorporateAction:
    """A split, new:old."""
    return CorporateAction(symbol, day(on), "SPLIT", ratio=ratio_of(ratio))


def dividend(on: str, amount: str | int, *, symbol: str = "X") -> CorporateAction:
    """Cash per share."""
    return CorporateAction(symbol, day(on), "DIVIDEND", amount=money(amount))


def spin_off(
    on: str, ratio: str, fraction: str, *, symbol: str = "X", new_symbol: str = "Y"
) -> CorporateAction:
    """New shares for old ones, with a share of their cost."""
    return CorporateAction(
        symbol,
        day(on),
        "SPINOFF",
        ratio=ratio_of(ratio),
        new_symbol=new_symbol,
        cost_fraction=money(fraction),
    )


def change(
    on: str, *, ratio: str | None = None, symbol: str = "X", new_symbol: str = "Y"
) -> CorporateAction:
    """One symbol for another."""
    return CorporateAction(
        symbol,
        day(on),
        "SYMBOL_CHANGE",
        ratio=None if ratio is None else ratio_of(ratio),
        new_symbol=new_symbol,
    )


def rate(on: str, pair: str, units: str | int) -> FxRate:
    """Units of the second currency of a pair (`EURUSD`) for one of the first."""
    return FxRate(day(on), pair[:3], pair[3:], money(units))


def seen(*values: object) -> tuple[object, ...]:
    """Several figures side by side, to be compared at once."""
    return values
