"""Raw table raw_cash_events."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from producer.records.contract import (
    EVENT_RULES,
    LARGEST_AMOUNT,
    LONGEST_PROSE,
    RESERVED_SYMBOLS,
    Discipline,
    Record,
    RowRule,
    SqlType,
    column,
    currency,
    text,
)

CASH_EVENT_TYPES = (
    "DEPOSIT", "WITHDRAWAL", "TRANSFER_IN", "TRANSFER_OUT", "INTEREST", "FEE",
    "TAX", "REBATE", "FX_IN", "FX_OUT", "CASH_IN_LIEU",
)  # fmt: skip
_AN_ACTION = "is a corporate action: load it with `warehouse ingest corporate_actions`, as in "
_A_TRADE = "is a trade: load it with `warehouse ingest trades`"
MISPLACED = {
    "DIVIDEND": _AN_ACTION + "symbol,ex_date,type,amount = AAPL,2024-02-09,DIVIDEND,0.24",
    "SPLIT": _AN_ACTION + "symbol,ex_date,type,ratio = AAPL,2020-08-31,SPLIT,4:1",
    "BUY": _A_TRADE,
    "SELL": _A_TRADE,
}
"""What is often taken for a cash event, and is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CashEvent(Record):
    """One state of one movement of cash. One row per (event_id, version) as received."""

    KIND: ClassVar[str] = "cash_events"
    TABLE: ClassVar[str] = "raw_cash_events"
    IDENTITY: ClassVar[tuple[str, ...]] = ("event_id",)
    DISCIPLINE: ClassVar[Discipline] = Discipline.EVENT
    ROW_RULES: ClassVar[tuple[RowRule, ...]] = (*EVENT_RULES, RESERVED_SYMBOLS)

    event_id: str = text("Id of the cash event, as given by its source.", required=True)
    account_id: str | None = text("Account whose cash moves.", required=True)
    amount: Decimal | None = column(
        SqlType.AMOUNT, "Money moved, always positive: type carries the sign.",
        required=True, above=0, maximum=LARGEST_AMOUNT,
        negative_hint="a type such as WITHDRAWAL says that money leaves",
    )  # fmt: skip
    type: str | None = text(
        "What moved the cash.", required=True, choices=CASH_EVENT_TYPES, misplaced=MISPLACED
    )
    timestamp: datetime | None = column(
        SqlType.TIMESTAMP, "When the cash moved (UTC).", required=True
    )
    currency: str | None = currency("Currency of amount; none: the account's base currency.")
    transfer_id: str | None = text("Joins the two legs of one transfer.")
    symbol: str | None = text(
        "Of a CASH_IN_LIEU: the instrument whose fraction of a share it pays for."
    )
    description: str | None = text(
        "Free text of the source.", free_text=True, longest=LONGEST_PROSE, in_payload=False
    )
    event_version: str | None = text("Version of the message's schema.", in_payload=False)
