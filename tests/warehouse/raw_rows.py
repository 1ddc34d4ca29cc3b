"""Short words for the raw rows of a world, as a user's file would hold them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from tests.reference.calendar import trading_calendar

Raw = dict[str, object]


def moment(text: str) -> str:
    """A time of a day (`2020-01-02 15:30`); noon where only the day is given."""
    return text if " " in text else f"{text} 12:00"


def trade(
    trade_id: str,
    account_id: str,
    quantity: float | str,
    symbol: str,
    price: float | str,
    on: str,
    *,
    fees: float | str = 0,
    version: int = 1,
    known: str | None = None,
) -> Raw:
    """A trade; a negative quantity is a SELL. A version above 1 is a CORRECT."""
    return {
        "trade_id": trade_id,
        "account_id": account_id,
        "symbol": symbol,
        "side": "SELL" if str(quantity).startswith("-") else "BUY",
        "quantity": str(quantity).lstrip("-"),
        "price": price,
        "fees": fees,
        "executed_at": moment(on),
        "event_type": "NEW" if version == 1 else "CORRECT",
        "version": version,
        "ingested_at": moment(known or on),
    }


def cancel(trade_id: str, version: int, known: str) -> Raw:
    """The least a CANCEL needs."""
    return {
        "trade_id": trade_id,
        "event_type": "CANCEL",
        "version": version,
        "ingested_at": moment(known),
    }


def cash(
    event_id: str,
    account_id: str,
    kind: str,
    amount: float | str,
    on: str,
    *,
    transfer: str | None = None,
    version: int = 1,
    known: str | None = None,
) -> Raw:
    """A cash event. A version above 1 is a CORRECT."""
    return {
        "event_id": event_id,
        "account_id": account_id,
        "amount": amount,
        "type": kind,
        "timestamp": moment(on),
        "transfer_id": transfer,
        "event_type": "NEW" if version == 1 else "CORRECT",
        "version": version,
        "ingested_at": moment(known or on),
    }


def cancel_cash(event_id: str, version: int, known: str) -> Raw:
    """The least a CANCEL of a cash event needs."""
    return {
        "event_id": event_id,
        "event_type": "CANCEL",
        "version": version,
        "ingested_at": moment(known),
    }


def leg(
    event_id: str,
    account_id: str,
    quantity: float | str,
    symbol: str,
    on: str,
    *,
    transfer: str | None = None,
    cost: float | str | None = None,
    acquired: str | None = None,
    version: int = 1,
    known: str | None = None,
) -> Raw:
    """A leg of a transfer of securities; a negative quantity is OUT. A version above 1 corrects."""
    return {
        "event_id": event_id,
        "account_id": account_id,
        "symbol": symbol,
        "direction": "OUT" if str(quantity).startswith("-") else "IN",
        "quantity": str(quantity).lstrip("-"),
        "timestamp": moment(on),
        "transfer_id": transfer,
        "cost_per_share": cost,
        "acquired_at": acquired,
        "event_type": "NEW" if version == 1 else "CORRECT",
        "version": version,
        "ingested_at": moment(known or on),
    }


cancel_leg = cancel_cash
"""The least a CANCEL of a leg of a transfer needs."""


def close(symbol: str, day: str, price: float | str, known: str | None = None) -> Raw:
    """An official close."""
    return {"symbol": symbol, "date": day, "close": price, "ingested_at": known or f"{day} 21:00"}


def quote(symbol: str, at: str, price: float | str) -> Raw:
    """A price at a moment."""
    return {"symbol": symbol, "timestamp": at, "close": price, "ingested_at": at}


def instrument(symbol: str, known: str = "2000-01-01", **attributes: object) -> Raw:
    """What is known of a symbol."""
    return {"symbol": symbol, **attributes, "ingested_at": known}


def account(account_id: str, desk: str, known: str = "2000-01-01", calendar: str = "NYSE") -> Raw:
    """What is known of an account."""
    return {"account_id": account_id, "desk": desk, "calendar": calendar, "ingested_at": known}


def trading_days(first: str, last: str) -> list[str]:
    """Days on which NYSE is open."""
    span = date.fromisoformat(first), date.fromisoformat(last)
    return [day.isoformat() for day in trading_calendar("NYSE", span).between(*span)]


def all_days(first: str, last: str) -> list[str]:
    """Every day."""
    begin, end = datetime.fromisoformat(first), datetime.fromisoformat(last)
    span = range((end - begin).days + 1)
    return [(begin + timedelta(days=number)).date().isoformat() for number in span]
