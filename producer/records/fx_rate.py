"""Raw table raw_fx_rates."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from producer.records.contract import (
    LARGEST_PRICE,
    Discipline,
    Record,
    RowRule,
    SqlType,
    column,
    currency,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FxRate(Record):
    """One exchange rate. One row per (date, pair) each time it was received."""

    KIND: ClassVar[str] = "fx_rates"
    TABLE: ClassVar[str] = "raw_fx_rates"
    IDENTITY: ClassVar[tuple[str, ...]] = ("date", "base_currency", "quote_currency")
    DISCIPLINE: ClassVar[Discipline] = Discipline.OBSERVATION
    ROW_RULES: ClassVar[tuple[RowRule, ...]] = (
        RowRule(
            "quote_currency", "base_currency = quote_currency", "must differ from base_currency"
        ),
    )

    date: dt.date | None = column(SqlType.DATE, "Day of the rate.", required=True)
    base_currency: str | None = currency("Currency of which the rate prices one.", required=True)
    quote_currency: str | None = currency("Currency the rate is stated in.", required=True)
    rate: Decimal | None = column(
        SqlType.PRICE, "Units of quote_currency for 1 base_currency.",
        required=True, above=0, maximum=LARGEST_PRICE,
    )  # fmt: skip
