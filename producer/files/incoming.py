"""What a reader of files hands on: the rows of one file, unparsed."""

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import pyarrow as pa
import pyarrow.compute as pc

from producer.common.errors import UnusableFile, UnusableInput
from producer.common.landing import matched_columns, meanings
from producer.common.parsing import BLANKS
from producer.common.text import shown
from producer.records.contract import Discipline, Record, file_columns_of

MOST_NAMES = 30
OFTEN_CALLED = {
    "symbol": ("ticker", "instrument", "security", "stock", "asset", "isin", "code"),
    "trade_id": ("id", "order_id", "transaction_id", "trade_no", "reference"),
    "event_id": ("id", "transaction_id", "reference"),
    "account_id": ("account", "portfolio", "portfolio_id", "account_no", "account_number"),
    "side": ("action", "buy_sell", "direction", "transaction_type", "type"),
    "quantity": ("qty", "shares", "units", "volume", "size", "amount"),
    "price": ("px", "unit_price", "price_per_share", "trade_price", "rate"),
    "close": ("closing_price", "last", "px_last", "settle", "adj_close"),
    "executed_at": ("date", "time", "datetime", "timestamp", "trade_date", "execution_time"),
    "timestamp": ("time", "datetime", "date", "executed_at", "booked_at", "value_date"),
    "date": ("day", "price_date", "trade_date", "rate_date"),
    "amount": ("value", "sum", "cash", "net_amount", "dividend"),
    "type": ("action", "action_type", "event", "kind", "transaction_type"),
    "ex_date": ("date", "exdate", "ex_dividend_date", "effective_date"),
    "fees": ("fee", "commission", "costs"),
    "currency": ("ccy", "cur"),
    "base_currency": ("base", "from", "from_currency", "currency", "ccy"),
    "quote_currency": ("quote", "to", "to_currency", "counter_currency"),
    "rate": ("fx_rate", "exchange_rate", "price", "close", "value"),
}
"""How other systems call our columns."""


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """The rows of a file."""

    rows: pa.Table
    """Its columns under their own names, and source_row: 1 for the first row of data."""
    ignored_columns: tuple[str, ...] = ()
    rejected: pa.Table | None = None
    """Rows that could not be cut into columns: source_row, reason, row_data."""
    rows_are_lines: bool = False
    """Row n is certain to be line n + 1."""


def known_columns(
    source: str, record: type[Record], names: Sequence[str]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The name in the file of each contract column it has, and the names nobody knows.

    Raises:
        UnusableFile: A name stands there twice, or two names mean the same column.
    """
    counts = Counter(name.strip().lower() for name in names)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise UnusableFile(
            f"{source}: the header has {', '.join(map(shown, twice))} more than once"
        )
    try:
        sources, _ = matched_columns(record, dict.fromkeys(names, ""))
    except UnusableInput as error:
        raise UnusableFile(f"{source}: {error}") from error
    found = {column: name for column, (name, _) in sources.items()}
    return found, tuple(name for name in names if name not in found.values())


def check_required(
    source: str, record: type[Record], rows: pa.Table, found: dict[str, str]
) -> None:
    """Raise when the file lacks a column that its rows need.

    Raises:
        UnusableFile: With all the missing columns, and those that are there.
    """
    columns = file_columns_of(record)
    needed = [(name,) for name, rules in columns.items() if rules.required]
    if _all_cancelled(record, rows, found):
        needed = [(name,) for name in record.IDENTITY if columns[name].required]
    missing = [
        " or ".join(accepted)
        for names in (*needed, *record.NEEDS_ONE_OF)
        if not found.keys() & set(names)
        for accepted in [[a for name in names for a in (name, *columns[name].aliases)]]
    ]
    if missing:
        there = ", ".join(map(shown, rows.column_names[:MOST_NAMES])) or "none that is known"
        if rows.num_columns > MOST_NAMES:
            there += f" and {rows.num_columns - MOST_NAMES} more"
        hints = renamings(record, rows.column_names, found)
        advice = f"; rename {', '.join(f'{shown(a)} to {b}' for a, b in hints.items())}?"
        raise UnusableFile(
            f"{source}: missing columns: {', '.join(missing)} (it has: {there})"
            + (advice if hints else "")
        )


def renamings(record: type[Record], names: Sequence[str], found: Collection[str]) -> dict[str, str]:
    """Columns of a file that nobody knows, each with the missing one that it seems to be.

    Args:
        record: What its rows are.
        names: The columns of the file.
        found: The columns of the contract that it has.
    """
    missing = [name for name in file_columns_of(record) if name not in found]
    known = meanings(record)
    seeming: dict[str, str] = {}
    for name in names:
        word = re.sub(r"[\W_]+", "_", name.strip().lower()).strip("_")
        if name.strip().lower() in known:
            continue
        left = [column for column in missing if column not in seeming.values()]
        also = [column for column in left if word in OFTEN_CALLED.get(column, ())]
        near = get_close_matches(word, left, n=1, cutoff=0.8)
        if also or near:
            seeming[name] = (also or near)[0]
    return seeming


def without_blank_rows(rows: pa.Table) -> pa.Table:
    """The rows that hold anything; a spreadsheet exports empty ones below its table."""
    is_blank: pa.ChunkedArray | None = None
    for name in rows.column_names:
        if name == "source_row":
            continue
        values = rows[name]
        is_empty = pc.is_null(values)
        if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
            is_empty = pc.fill_null(pc.equal(pc.utf8_trim(values, BLANKS), ""), fill_value=True)
        is_blank = is_empty if is_blank is None else pc.and_(is_blank, is_empty)
        if not pc.any(is_blank).as_py():
            return rows
    return rows if is_blank is None else rows.filter(pc.invert(is_blank))


def _all_cancelled(record: type[Record], rows: pa.Table, found: dict[str, str]) -> bool:
    """A file of nothing but CANCEL needs no more than which event and version."""
    if record.DISCIPLINE is not Discipline.EVENT or "event_type" not in found or not rows.num_rows:
        return False
    event_types = pc.utf8_upper(
        pc.utf8_trim_whitespace(pc.cast(rows[found["event_type"]], pa.string()))
    )
    return bool(pc.all(pc.equal(event_types, "CANCEL"), skip_nulls=False).as_py())
