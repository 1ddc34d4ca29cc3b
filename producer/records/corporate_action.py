"""Raw table raw_corporate_actions."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import ClassVar

from producer.records.contract import (
    EVENT_RULES,
    LARGEST_PRICE,
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CorporateAction(Record):
    """One state of one corporate action. One row per identity, with its action_id, and version."""

    KIND: ClassVar[str] = "corporate_actions"
    TABLE: ClassVar[str] = "raw_corporate_actions"
    IDENTITY: ClassVar[tuple[str, ...]] = ("symbol", "ex_date", "type", "action_id")
    DISCIPLINE: ClassVar[Discipline] = Discipline.EVENT
    TELLS_APART: ClassVar[str] = "give each its own action_id, e.g. regular and special"
    ROW_RULES: ClassVar[tuple[RowRule, ...]] = (
        *EVENT_RULES,
        RESERVED_SYMBOLS,
        reserved_symbols("new_symbol"),
        RowRule(
            "ratio",
            "event_type <> 'CANCEL' and type in ('SPLIT', 'SPINOFF') and ratio is null",
            "is needed by a SPLIT or SPINOFF",
        ),
        RowRule(
            "ratio",
            "split_part(ratio, ':', 1)::double"
            " / coalesce(nullif(split_part(ratio, ':', 2), ''), '1')::double"
            " not between 1e-6 and 1e6",
            "must lie between 1:1000000 and 1000000:1",
        ),
        RowRule(
            "amount",
            "event_type <> 'CANCEL' and type in ('DIVIDEND', 'RETURN_OF_CAPITAL')"
            " and amount is null",
            "is needed by a DIVIDEND or RETURN_OF_CAPITAL",
        ),
        RowRule(
            "new_symbol",
            "event_type <> 'CANCEL' and type in ('SPINOFF', 'SYMBOL_CHANGE')"
            " and new_symbol is null",
            "is needed by a SPINOFF or SYMBOL_CHANGE",
        ),
    )

    symbol: str = text("Instrument whose holders are affected.", required=True)
    ex_date: date | None = column(
        SqlType.DATE, "First day on which the share trades without the entitlement.", required=True
    )
    type: str | None = text(
        "What happened.",
        required=True,
        choices=("SPLIT", "DIVIDEND", "RETURN_OF_CAPITAL", "SPINOFF", "SYMBOL_CHANGE"),
    )
    action_id: str = text(
        "Distinguishes several actions of one symbol, ex-date and type, e.g. regular and special.",
        default="",
    )
    ratio: str | None = text(
        "New shares per old, `3:2` or 1.5.",
        pattern=(
            r"0*[1-9]\d{0,8}:0*[1-9]\d{0,8}"  # 3:2
            r"|0*[1-9]\d{0,8}(\.\d{0,9})?"  # 1.5
            r"|0*\.0{0,8}[1-9]\d{0,8}"  # 0.5
        ),
        pattern_hint="above 0, as `3:2` or 1.5, of nine digits at the most",
    )
    amount: Decimal | None = column(
        SqlType.AMOUNT, "Cash per share after the split.", above=0, maximum=LARGEST_PRICE
    )
    new_symbol: str | None = text("Symbol received.")
    cost_fraction: Decimal | None = column(
        SqlType.AMOUNT, "Share of the cost that moves to the new symbol.", minimum=0, maximum=1
    )
    currency: str | None = currency("Currency of amount; none: the instrument's.")
