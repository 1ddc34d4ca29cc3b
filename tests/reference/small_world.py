"""Short words for building worlds that a person can check by hand."""

from __future__ import annotations

from datetime import date, datetime
from fractions import Fraction

from tests.reference.events import CashEvent, Price, Trade


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
) -> CashEvent:
    """A cash event at noon."""
    return CashEvent(
        event_id=event_id,
        account_id=account_id,
        amount=money(amount),
        type=kind,
        timestamp=noon(on),
        transfer_id=transfer_id,
    )


def close(on: str, price: str | int, *, symbol: str = "X") -> Price:
    """An official close."""
    return Price(symbol, day(on), None, money(price))
