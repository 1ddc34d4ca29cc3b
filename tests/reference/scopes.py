"""Accounts, desks and the firm: values and flows added up, then treated alike (metrics.md, 2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from tests.reference.books import Amount, Books, CashRow, external_rows, gross_flows
from tests.reference.calendar import DAYS_PER_YEAR
from tests.reference.fx import convert, total
from tests.reference.transfers import TransferRow, external_transfers

ZERO = Fraction(0)
FIRM = ("firm", "firm")
FIRM_CURRENCY = "USD"
"""Currency of desks and the firm (dbt var firm_currency)."""

ScopeKey = tuple[str, str]
"""(scope_type, scope_id)."""


@dataclass(frozen=True, slots=True)
class Valuation:
    """Value and gross external flows of a scope on one of its days, in the scope's currency."""

    total_value: Amount
    inflow: Amount
    outflow: Amount


@dataclass(frozen=True, slots=True)
class Scope:
    """A set of accounts seen as one."""

    account_ids: tuple[str, ...]
    calendar: str
    """The calendar of all its accounts; 24x7 as soon as one of them is."""
    days_per_year: int
    """365 only where every account is 24x7."""
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
    books: Books, account_id: str, amount: Amount, currency: str, day: date
) -> Amount:
    """An amount in an account's base currency, in the currency of a scope at the day's rate."""
    if amount is None:
        return None
    return convert(amount, books.rates.on(books.base_currency(account_id), currency, day))


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


def scope_values(
    books: Books, account_ids: tuple[str, ...], currency: str
) -> dict[date, Valuation]:
    """Sum of values by day, and of the flows that cross the edge of the scope.

    An account counts 0 before its first day, and its last value on a day its calendar is closed.
    """
    rows_of = {
        account_id: {
            day: row for (owner, day), row in books.portfolio.items() if owner == account_id
        }
        for account_id in account_ids
    }
    flows = scope_flows(
        books,
        (row for row in books.cash_events.values() if row.event.account_id in account_ids),
        (row for row in books.transfers.values() if row.event.account_id in account_ids),
        currency,
    )
    last: dict[str, Amount] = dict.fromkeys(account_ids, ZERO)
    values: dict[date, Valuation] = {}
    for day in sorted({day for rows in rows_of.values() for day in rows}):
        for account_id, rows in rows_of.items():
            if day in rows:
                last[account_id] = rows[day].total_value
        value = total(
            in_scope_currency(books, account_id, amount, currency, day)
            for account_id, amount in last.items()
        )
        values[day] = Valuation(value, *flows.get(day, (ZERO, ZERO)))
    return values


def build_scopes(books: Books) -> dict[ScopeKey, Scope]:
    """Every scope with its daily values: an account in its base currency, the others in one."""
    scopes: dict[ScopeKey, Scope] = {}
    for key, account_ids in scope_members(books).items():
        calendars = {books.inputs.account(account_id).calendar for account_id in account_ids}
        currency = books.base_currency(key[1]) if key[0] == "account" else FIRM_CURRENCY
        scopes[key] = Scope(
            account_ids=account_ids,
            calendar="24x7" if "24x7" in calendars else "NYSE",
            days_per_year=min(DAYS_PER_YEAR[name] for name in calendars),
            values=scope_values(books, account_ids, currency),
            currency=currency,
        )
    return scopes
