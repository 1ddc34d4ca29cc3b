"""Raw table raw_accounts."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from producer.records.contract import (
    LONGEST_PROSE,
    Discipline,
    Record,
    RowRule,
    SqlType,
    column,
    currency,
    reserved_symbols,
    text,
)
from producer.records.instrument import CALENDARS


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Record):
    """What is known of an account. One row per account each time it was received."""

    KIND: ClassVar[str] = "accounts"
    TABLE: ClassVar[str] = "raw_accounts"
    IDENTITY: ClassVar[tuple[str, ...]] = ("account_id",)
    DISCIPLINE: ClassVar[Discipline] = Discipline.OBSERVATION
    ROW_RULES: ClassVar[tuple[RowRule, ...]] = (reserved_symbols("benchmark_symbol"),)

    account_id: str = text("The account.", required=True)
    name: str | None = text("Its name.", longest=LONGEST_PROSE)
    desk: str | None = text("Desk the account belongs to; none: unassigned.")
    owner: str | None = text("Who answers for it.")
    base_currency: str | None = currency("Currency it is reported in; none: USD.")
    calendar: str | None = text("Days on which it is valued; none: NYSE.", choices=CALENDARS)
    benchmark_symbol: str | None = text("Symbol it is compared with.")
    opened_at: date | None = column(SqlType.DATE, "Day it was opened.")
