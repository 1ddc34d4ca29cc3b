"""Raw table raw_prices."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from producer.records.contract import (
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
class Price(Record):
    """One price of one symbol. One row per (symbol, date or timestamp) as received."""

    KIND: ClassVar[str] = "prices"
    TABLE: ClassVar[str] = "raw_prices"
    IDENTITY: ClassVar[tuple[str, ...]] = ("symbol", "date", "timestamp")
    DISCIPLINE: ClassVar[Discipline] = Discipline.OBSERVATION
    NEEDS_ONE_OF: ClassVar[tuple[tuple[str, ...], ...]] = (("date", "timestamp"),)
    ROW_RULES: ClassVar[tuple[RowRule, ...]] = (
        RESERVED_SYMBOLS,
        RowRule("date", 'date is null and "timestamp" is null', "or timestamp is needed"),
        RowRule(
            "date",
            # An evening in New York is the next day in UTC, a morning in Sydney the one before.
            "abs(date_diff('day', \"timestamp\"::date, date)) > 1",
            "is more than a day from that of timestamp (UTC)",
        ),
    )

    symbol: str = text("Instrument priced.", required=True)
    date: dt.date | None = column(SqlType.DATE, "Day of an official close, without a time of day.")
    timestamp: dt.datetime | None = column(SqlType.TIMESTAMP, "Moment of a quote or trade (UTC).")
    close: Decimal | None = column(
        SqlType.PRICE, "Price of one unit, in currency.",
        required=True, minimum=0, maximum=LARGEST_PRICE, aliases=("price",),
    )  # fmt: skip
    open: Decimal | None = column(SqlType.PRICE, "First price of the period.", minimum=0)
    high: Decimal | None = column(SqlType.PRICE, "Highest price of the period.", minimum=0)
    low: Decimal | None = column(SqlType.PRICE, "Lowest price of the period.", minimum=0)
    volume: Decimal | None = column(SqlType.QUANTITY, "Units traded in the period.", minimum=0)
    bid: Decimal | None = column(SqlType.PRICE, "Best price offered by buyers.", minimum=0)
    ask: Decimal | None = column(SqlType.PRICE, "Best price asked by sellers.", minimum=0)
    currency: str | None = currency("Currency of the prices; none: the instrument's.")
