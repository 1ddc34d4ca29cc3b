"""Rates that the last build needed and nobody stated, as a person reads them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

MODEL = "fact_missing_fx_rates"

QUERY = f"""
select base_currency, quote_currency, first_missing_date, last_missing_date, missing_days
from main_facts.{MODEL}
order by first_missing_date, base_currency, quote_currency
"""  # noqa: S608 - a name of our own


@dataclass(frozen=True, slots=True)
class MissingRate:
    """A pair of currencies without a rate on some valuation days."""

    base_currency: str
    quote_currency: str
    first_date: date
    last_date: date
    days: int

    @property
    def pair(self) -> str:
        """As rates are quoted: `EUR/USD`."""
        return f"{self.base_currency}/{self.quote_currency}"

    def line(self) -> str:
        """What a person needs to act."""
        days = f"{self.days:,} day{'' if self.days == 1 else 's'}"
        return (
            f"missing rate {self.pair} from {self.first_date} to {self.last_date} ({days}): what"
            " needs it is null (missing_fx); load it with `warehouse ingest fx_rates FILE`"
        )


def missing_rates(rows: Iterable[Iterable[object]]) -> tuple[MissingRate, ...]:
    """The rows of QUERY; dates may come as text."""
    return tuple(
        MissingRate(str(base), str(quote), _date(first), _date(last), int(str(days)))
        for base, quote, first, last, days in rows
    )


def _date(value: object) -> date:
    return date.fromisoformat(str(value)[:10])
