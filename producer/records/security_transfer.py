"""Raw table raw_security_transfers."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from producer.records.contract import (
    EVENT_RULES,
    LARGEST_AMOUNT,
    LARGEST_PRICE,
    RESERVED_SYMBOLS,
    Discipline,
    Record,
    RowRule,
    SqlType,
    column,
    text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityTransfer(Record):
    """One state of one leg of a transfer of securities in kind. One row per (event_id, version)."""

    KIND: ClassVar[str] = "security_transfers"
    TABLE: ClassVar[str] = "raw_security_transfers"
    IDENTITY: ClassVar[tuple[str, ...]] = ("event_id",)
    DISCIPLINE: ClassVar[Discipline] = Discipline.EVENT
    ROW_RULES: ClassVar[tuple[RowRule, ...]] = (
        *EVENT_RULES,
        RESERVED_SYMBOLS,
        RowRule(
            "quantity",
            "quantity::double * cost_per_share::double >= 1e20",
            "times cost_per_share is more money than an amount can hold",
        ),
        RowRule("acquired_at", "acquired_at > timestamp", "must not be later than timestamp"),
    )

    event_id: str = text("Id of the leg, as given by its source.", required=True)
    account_id: str | None = text("Account that receives or delivers.", required=True)
    symbol: str | None = text("Instrument transferred.", required=True)
    direction: str | None = text(
        "IN: the account receives, OUT: it delivers.", required=True, choices=("IN", "OUT")
    )
    quantity: Decimal | None = column(
        SqlType.QUANTITY, "Units transferred, always positive: direction carries the sign.",
        required=True, above=0, maximum=LARGEST_AMOUNT,
    )  # fmt: skip
    timestamp: datetime | None = column(
        SqlType.TIMESTAMP, "When the units moved (UTC).", required=True
    )
    transfer_id: str | None = text("Joins the two legs of one transfer.")
    cost_per_share: Decimal | None = column(
        SqlType.PRICE, "Cost of one unit that arrives without its other leg, instrument currency.",
        minimum=0, maximum=LARGEST_PRICE,
    )  # fmt: skip
    acquired_at: datetime | None = column(
        SqlType.TIMESTAMP, "When such a unit was bought (UTC); none: timestamp."
    )
