"""Raw table raw_trades."""

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
    currency,
    text,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade(Record):
    """One state of one trade. One row per (trade_id, version) as received."""

    KIND: ClassVar[str] = "trades"
    TABLE: ClassVar[str] = "raw_trades"
    IDENTITY: ClassVar[tuple[str, ...]] = ("trade_id",)
    DISCIPLINE: ClassVar[Discipline] = Discipline.EVENT
    ROW_RULES: ClassVar[tuple[RowRule, ...]] = (
        *EVENT_RULES,
        RESERVED_SYMBOLS,
        RowRule(
            "quantity",
            "quantity::double * price::double >= 1e20",
            "times price is more money than an amount can hold",
        ),
    )

    trade_id: str = text("Id of the trade, as given by its source.", required=True)
    account_id: str | None = text("Account that traded.", required=True)
    symbol: str | None = text("Instrument traded.", required=True)
    side: str | None = text("BUY or SELL.", required=True, choices=("BUY", "SELL"))
    quantity: Decimal | None = column(
        SqlType.QUANTITY, "Units traded, always positive: side carries the sign.",
        required=True, above=0, maximum=LARGEST_AMOUNT,
        negative_hint="side SELL says that units leave",
    )  # fmt: skip
    price: Decimal | None = column(
        SqlType.PRICE, "Price of one unit, in currency.",
        required=True, minimum=0, maximum=LARGEST_PRICE,
    )  # fmt: skip
    fees: Decimal | None = column(
        SqlType.AMOUNT, "Commission and charges, in currency.",
        default=Decimal(0), minimum=0, maximum=LARGEST_AMOUNT,
        negative_hint="a rebate is a cash event of type REBATE",
    )  # fmt: skip
    currency: str | None = currency("Currency of price and fees; none: the instrument's.")
    executed_at: datetime | None = column(
        SqlType.TIMESTAMP, "When it was executed (UTC).", required=True
    )
    counterparty_id: str | None = text("The counterparty.", in_payload=False)
    event_id: str | None = text("The message it came with.", in_payload=False)
