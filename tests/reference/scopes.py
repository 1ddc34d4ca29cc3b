"""Accounts, desks and the firm: values and flows added up, then treated alike (metrics.md, 2)."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import TypeVar

from tests.reference.books import (
    Amount,
    Books,
    CashRow,
    PortfolioRow,
    external_rows,
    gross_flows,
)
from tests.reference.calendar import TradingCalendar, days_per_year
from tests.reference.fx import convert, total
from tests.reference.transfers import TransferRow, external_transfers

ZERO = Fraction(0)
FIRM = ("firm", "firm")
FIRM_CURRENCY = "USD"
"""Currency of desks and the firm (dbt var firm_currency)."""

Thing = TypeVar("Thing")

ScopeKey = tuple[str, str]
"""(scope_type, scope_id)."""


@dataclass(frozen=True, slots=True)
class Valuation:
    """Value and gross external flows of a scope on one of its days, in the scope's currency."""

    total_value: Amount
    inflow: Amount
    outflow: Amount

    @property
    def value_status(self) -> str:
        """Why the value or a flow is unknown."""
        return "missing_fx" if None in (self.total_value, self.inflow) else "ok"


@dataclass(frozen=True, slots=True)
class Scope:
    """A set of accounts seen as one."""

    account_ids: tuple[str, ...]
    calendar: str
    """The calendar that all its accounts share, else NYSE."""
    days_per_year: int
    values: Mapping[date, Valuation]
    """Ascending by date, from the first day of its first account."""
    currency: str = FIRM_CURRENCY


def scope_members(books: Books) -> dict[ScopeKey, tuple[str, ...]]:
    """The accounts of every account, desk and the firm."""
    members: dict[ScopeKey, list[str]] = defaultdict(list)
    for account_id in books.account_ids:
        members["account", account_id].append(account_id)
        members["desk", books.inputs.account(account_id).desk].append(account_id)
        members[FIRM].append(account_id)
    return {key: tuple(accounts) for key, accounts in members.items()}


def in_scope_currency(
    books: Books,
    account_id: str,
    amount: Amount,
    currency: str,
    day: date,
    *,
    is_nothing: bool | None = None,
) -> Amount:
    """An amount in an account's base currency, in the currency of a scope at the day's rate."""
    if amount is None:
        return None
    rate = books.rates.on(books.base_currency(account_id), currency, day)
    return convert(amount, rate, is_nothing=is_nothing)


def value_in_scope(
    books: Books, account_id: str, row: PortfolioRow, currency: str, day: date
) -> Amount:
    """What an account adds to a scope; shares and debts that come to 0 need a rate as others do."""
    return in_scope_currency(
        books, account_id, row.total_value, currency, day, is_nothing=row.is_empty
    )


def scope_flows(
    books: Books, rows: Iterable[CashRow], transfers: Iterable[TransferRow], currency: str
) -> dict[date, tuple[Amount, Amount]]:
    """Gross flows that cross the edge of a scope that holds these cash rows and transfers.

    They go over the base currency of their account, as the values do: a flow and the value that it
    adds are the same amount.
    """
    crossing: list[CashRow | TransferRow] = [
        *external_rows(list(rows)),
        *external_transfers(list(transfers)),
    ]
    return gross_flows(
        (
            row.value_date,
            in_scope_currency(
                books, row.event.account_id, row.base_amount, currency, row.value_date
            ),
        )
        for row in crossing
    )


def last_known(rows: Mapping[date, Thing], day: date) -> Thing | None:
    """What stands on a day: the row of the last day up to it, None before the first."""
    days = sorted(rows)
    place = bisect_right(days, day)
    return rows[days[place - 1]] if place else None


def scope_values(
    books: Books, account_ids: tuple[str, ...], calendar: TradingCalendar, currency: str
) -> dict[date, Valuation]:
    """Sum of values on the days of a calendar, and of the flows that cross the edge of the scope.

    An account counts 0 before its first day, and its last value on a day its calendar is closed. A
    flow of a day that the scope is closed belongs to its next one.
    """
    rows_of = {
        account_id: {
            day: row for (owner, day), row in books.portfolio.items() if owner == account_id
        }
        for account_id in account_ids
    }
    flows = scope_flows(
        books,
        (
            replace(row, value_date=calendar.roll(row.value_date))
            for row in books.cash_events.values()
            if row.event.account_id in account_ids
        ),
        (
            replace(row, value_date=calendar.roll(row.value_date))
            for row in books.transfers.values()
            if row.event.account_id in account_ids
        ),
        currency,
    )
    starts = [min(rows) for rows in rows_of.values() if rows]
    values: dict[date, Valuation] = {}
    if not starts or books.last_day is None:
        return values
    for day in calendar.between(min(starts), books.last_day):
        known = {account_id: last_known(rows, day) for account_id, rows in rows_of.items()}
        value = total(
            value_in_scope(books, account_id, row, currency, day)
            for account_id, row in known.items()
            if row is not None
        )
        values[day] = Valuation(value, *flows.get(day, (ZERO, ZERO)))
    return values


def scope_calendar(calendars: set[str]) -> str:
    """The calendar that all accounts of a scope share, else NYSE."""
    return calendars.copy().pop() if len(calendars) == 1 else "NYSE"


def build_scopes(books: Books) -> dict[ScopeKey, Scope]:
    """Every scope with its daily values: an account in its base currency, the others in one."""
    scopes: dict[ScopeKey, Scope] = {}
    for key, account_ids in scope_members(books).items():
        calendars = {books.inputs.account(account_id).calendar for account_id in account_ids}
        name = scope_calendar(calendars)
        currency = books.base_currency(key[1]) if key[0] == "account" else FIRM_CURRENCY
        scopes[key] = Scope(
            account_ids=account_ids,
            calendar=name,
            days_per_year=days_per_year(name),
            values=scope_values(books, account_ids, books.calendar(name), currency),
            currency=currency,
        )
    return scopes
