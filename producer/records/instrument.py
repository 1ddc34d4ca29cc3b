"""Raw table raw_instruments."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from producer.records.contract import (
    LARGEST_AMOUNT,
    LARGEST_MULTIPLIER,
    LONGEST_PROSE,
    RESERVED_SYMBOLS,
    Discipline,
    Record,
    RowRule,
    SqlType,
    column,
    currency,
    reserved_symbols,
    text,
)

CALENDARS = (
    "NYSE", "24x7", "XAMS", "XASX", "XBOM", "XETR", "XFRA", "XHKG", "XLON", "XPAR", "XSHG", "XSWX",
    "XTKS", "XTSE",
)  # fmt: skip
"""Exchanges by their ISO 10383 code, but New York by its name; 24x7 trades every day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument(Record):
    """What is known of a symbol. One row per symbol each time it was received."""

    KIND: ClassVar[str] = "instruments"
    TABLE: ClassVar[str] = "raw_instruments"
    IDENTITY: ClassVar[tuple[str, ...]] = ("symbol",)
    DISCIPLINE: ClassVar[Discipline] = Discipline.OBSERVATION
    ROW_RULES: ClassVar[tuple[RowRule, ...]] = (
        RESERVED_SYMBOLS,
        reserved_symbols("proxy_symbol"),
    )

    symbol: str = text("The instrument's symbol.", required=True)
    name: str | None = text("Its name.", longest=LONGEST_PROSE)
    asset_class: str | None = text("EQUITY, CRYPTO, FX, RATES, COMMODITY, CREDIT or another.")
    sector: str | None = text("Sector, as given by the source.")
    currency: str | None = currency("Currency it is quoted and settled in.")
    calendar: str | None = text("Days on which it trades.", choices=CALENDARS)
    lot_size: Decimal | None = column(
        SqlType.QUANTITY, "Smallest tradable quantity.", above=0, maximum=LARGEST_AMOUNT
    )
    average_daily_volume: Decimal | None = column(
        SqlType.QUANTITY, "Units traded on an average day.", minimum=0, maximum=LARGEST_AMOUNT
    )
    multiplier: Decimal | None = column(
        SqlType.QUANTITY, "Units of value per unit of quantity.",
        above=0, maximum=LARGEST_MULTIPLIER,
    )  # fmt: skip
    proxy_symbol: str | None = text("Symbol whose history stands in where its own is missing.")
