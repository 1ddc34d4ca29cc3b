"""Raw input and how several rows about one thing become one event (interfaces.md, section 3)."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Generic, TypeVar

import duckdb
from pyarrow import parquet

from tests.reference.calendar import market_date

Row = Mapping[str, Any]
"""One raw row: values as a CSV file, a Parquet file or DuckDB gives them."""

KINDS = (
    "trades",
    "cash_events",
    "prices",
    "corporate_actions",
    "security_transfers",
    "fx_rates",
    "instruments",
    "accounts",
)
AMOUNT_SCALE = 8
PRICE_SCALE = 10
LOADED_AT = datetime(9999, 1, 1)  # noqa: DTZ001 - times are UTC without a zone, as in the raw tables
"""When a file was loaded that does not say when we knew, unless the caller says."""


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade as it stands. Price and fees in `currency`, None: the instrument's."""

    trade_id: str
    account_id: str
    symbol: str
    side: str
    quantity: Fraction
    price: Fraction
    executed_at: datetime
    fees: Fraction = Fraction(0)
    currency: str | None = None
    market_date: date | None = None
    """Its date on the clock of its instrument's calendar; None: the same as in UTC."""

    @property
    def trade_date(self) -> date:
        """The day of the trade."""
        return self.market_date or self.executed_at.date()

    @property
    def signed_quantity(self) -> Fraction:
        """Units added to the position: positive for BUY, negative for SELL."""
        return self.quantity if self.side == "BUY" else -self.quantity


@dataclass(frozen=True, slots=True)
class CashEvent:
    """One movement of cash as it stands; `amount` is positive, `type` carries the sign.

    The amount is in `currency`, None: the base currency of the account.
    """

    event_id: str
    account_id: str
    amount: Fraction
    type: str
    timestamp: datetime
    currency: str | None = None
    transfer_id: str | None = None
    market_date: date | None = None
    """Its date on the clock of its account's calendar; None: the same as in UTC."""
    symbol: str | None = None
    """Of a CASH_IN_LIEU: whose fraction of a share it pays for."""

    @property
    def event_date(self) -> date:
        """The day of the event, not yet rolled to a trading day."""
        return self.market_date or self.timestamp.date()


@dataclass(frozen=True, slots=True)
class Price:
    """One price as it stands: an official close (date only) or a quote (with a timestamp).

    The day of a quote is the one on the clock of its instrument's calendar.
    """

    symbol: str
    day: date
    timestamp: datetime | None
    close: Fraction
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class CorporateAction:
    """One corporate action as it stands; what a type does not need is None."""

    symbol: str
    ex_date: date
    type: str
    ratio: Fraction | None = None
    """New shares per old, reduced."""
    amount: Fraction | None = None
    """Cash per share after the splits of the day, in `currency`, None: the instrument's."""
    new_symbol: str | None = None
    cost_fraction: Fraction | None = None
    currency: str | None = None
    source_id: str = ""
    """Distinguishes several actions of one symbol, ex-date and type."""
    rate: Fraction | None = Fraction(1)
    """Of a payment in another currency: into its instrument's on the ex-date; None: unknown."""

    @property
    def local_amount(self) -> Fraction | None:
        """The amount in the instrument's currency."""
        return None if self.amount is None or self.rate is None else self.amount * self.rate

    @property
    def action_id(self) -> str:
        """Its name in the warehouse."""
        name = f"{self.symbol}|{self.ex_date}|{self.type}"
        return f"{name}|{self.source_id}" if self.source_id else name


@dataclass(frozen=True, slots=True)
class SecurityTransfer:
    """One leg of a transfer of securities as it stands; `direction` carries the sign."""

    event_id: str
    account_id: str
    symbol: str
    direction: str
    quantity: Fraction
    timestamp: datetime
    transfer_id: str | None = None
    cost_per_share: Fraction | None = None
    acquired_at: datetime | None = None
    market_date: date | None = None
    """Its date on the clock of its instrument's calendar; None: the same as in UTC."""

    @property
    def transfer_date(self) -> date:
        """The day of the transfer, not yet rolled to a trading day."""
        return self.market_date or self.timestamp.date()

    @property
    def signed_quantity(self) -> Fraction:
        """Units added to the position: positive for IN, negative for OUT."""
        return self.quantity if self.direction == "IN" else -self.quantity


@dataclass(frozen=True, slots=True)
class FxRate:
    """One exchange rate as it stands: units of quote_currency for 1 base_currency."""

    day: date
    base_currency: str
    quote_currency: str
    rate: Fraction


@dataclass(frozen=True, slots=True)
class Instrument:
    """What is known of a symbol."""

    symbol: str
    asset_class: str | None = None
    sector: str | None = None
    currency: str = "USD"
    calendar: str = "NYSE"
    multiplier: Fraction = Fraction(1)


@dataclass(frozen=True, slots=True)
class Account:
    """What is known of an account."""

    account_id: str
    desk: str = "unassigned"
    base_currency: str = "USD"
    calendar: str = "NYSE"


Thing = TypeVar(
    "Thing",
    Trade,
    CashEvent,
    Price,
    CorporateAction,
    SecurityTransfer,
    FxRate,
    Instrument,
    Account,
)


@dataclass(frozen=True, slots=True)
class Received(Generic[Thing]):
    """One raw row: what it says, about what, and when and from where we knew it."""

    identity: tuple[object, ...]
    version: int
    ingested_at: datetime
    batch_id: str
    source_row: int
    thing: Thing | None
    """None for a CANCEL."""

    @property
    def order(self) -> tuple[datetime, str, int]:
        """Order in which it was received: ingested_at, then the order of the files."""
        return self.ingested_at, self.batch_id, self.source_row


@dataclass(slots=True)
class RawInputs:
    """Every row that was received, in no particular order."""

    trades: list[Received[Trade]] = field(default_factory=list)
    cash_events: list[Received[CashEvent]] = field(default_factory=list)
    prices: list[Received[Price]] = field(default_factory=list)
    corporate_actions: list[Received[CorporateAction]] = field(default_factory=list)
    security_transfers: list[Received[SecurityTransfer]] = field(default_factory=list)
    fx_rates: list[Received[FxRate]] = field(default_factory=list)
    instruments: list[Received[Instrument]] = field(default_factory=list)
    accounts: list[Received[Account]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Inputs:
    """The current events: what the books are built from."""

    trades: Sequence[Trade] = ()
    cash_events: Sequence[CashEvent] = ()
    prices: Sequence[Price] = ()
    corporate_actions: Sequence[CorporateAction] = ()
    security_transfers: Sequence[SecurityTransfer] = ()
    fx_rates: Sequence[FxRate] = ()
    instruments: Mapping[str, Instrument] = field(default_factory=dict)
    accounts: Mapping[str, Account] = field(default_factory=dict)

    def instrument(self, symbol: str) -> Instrument:
        """The instrument, or the defaults for a symbol nobody described."""
        return self.instruments.get(symbol) or Instrument(symbol)

    def account(self, account_id: str) -> Account:
        """The account, or the defaults for an account nobody described."""
        return self.accounts.get(account_id) or Account(account_id)


# ------------------------------------------------------------------ resolving


def current_events(received: Iterable[Received[Thing]]) -> list[Thing]:
    """Resolve versioned events (trades, cash events, corporate actions).

    Of several rows of one (identity, version) the first stays: a repeat changes nothing and a
    conflict is quarantined. Of several versions the highest wins. A CANCEL that wins removes it.
    """
    first: dict[tuple[tuple[object, ...], int], Received[Thing]] = {}
    for row in sorted(received, key=lambda each: each.order):
        first.setdefault((row.identity, row.version), row)
    highest: dict[tuple[object, ...], Received[Thing]] = {}
    for row in first.values():
        known = highest.get(row.identity)
        if known is None or row.version > known.version:
            highest[row.identity] = row
    return [row.thing for row in highest.values() if row.thing is not None]


def current_observations(received: Iterable[Received[Thing]]) -> list[Thing]:
    """Resolve observations (prices, rates, instruments, accounts): the last row received wins."""
    last: dict[tuple[object, ...], Received[Thing]] = {}
    for row in sorted(received, key=lambda each: each.order):
        last[row.identity] = row
    return [row.thing for row in last.values() if row.thing is not None]


def resolve(raw: RawInputs, known_at: datetime | None = None) -> Inputs:
    """What stands, given what had been received up to and including known_at (None: everything)."""

    def known(received: list[Received[Thing]]) -> list[Received[Thing]]:
        return [each for each in received if known_at is None or each.ingested_at <= known_at]

    inputs = Inputs(
        trades=current_events(known(raw.trades)),
        cash_events=current_events(known(raw.cash_events)),
        prices=current_observations(known(raw.prices)),
        corporate_actions=current_events(known(raw.corporate_actions)),
        security_transfers=current_events(known(raw.security_transfers)),
        fx_rates=current_observations(known(raw.fx_rates)),
        instruments={each.symbol: each for each in current_observations(known(raw.instruments))},
        accounts={each.account_id: each for each in current_observations(known(raw.accounts))},
    )
    return _dated(inputs)


def _dated(inputs: Inputs) -> Inputs:
    """The inputs with the dates of their events on the clocks of their calendars."""

    def of_symbol(moment: datetime, symbol: str) -> date:
        return market_date(moment, inputs.instrument(symbol).calendar)

    return replace(
        inputs,
        trades=[
            replace(each, market_date=of_symbol(each.executed_at, each.symbol))
            for each in inputs.trades
        ],
        cash_events=[
            replace(
                each,
                market_date=market_date(each.timestamp, inputs.account(each.account_id).calendar),
            )
            for each in inputs.cash_events
        ],
        security_transfers=[
            replace(each, market_date=of_symbol(each.timestamp, each.symbol))
            for each in inputs.security_transfers
        ],
        prices=[
            each
            if each.timestamp is None
            else replace(each, day=of_symbol(each.timestamp, each.symbol))
            for each in inputs.prices
        ],
    )


# ------------------------------------------------------------------ values of raw rows


def _text(row: Row, name: str) -> str | None:
    value = row.get(name)
    return None if value is None or value == "" else str(value)


def _required_text(row: Row, name: str) -> str:
    value = _text(row, name)
    if value is None:
        raise ValueError(f"{name} is missing in {dict(row)}")
    return value


def _number(row: Row, name: str, scale: int) -> Fraction | None:
    """A decimal, rounded half-even to the column's scale."""
    text = _text(row, name)
    if text is None:
        return None
    return Fraction(Decimal(text).quantize(Decimal(1).scaleb(-scale), ROUND_HALF_EVEN))


def _required_number(row: Row, name: str, scale: int) -> Fraction:
    value = _number(row, name, scale)
    if value is None:
        raise ValueError(f"{name} is missing in {dict(row)}")
    return value


def to_datetime(value: object) -> datetime:
    """A moment in UTC, without a zone, from ISO 8601 text, epoch milliseconds or a datetime."""
    if isinstance(value, datetime):
        moment = value
    elif isinstance(value, date):
        moment = datetime(value.year, value.month, value.day, tzinfo=UTC)
    elif isinstance(value, int) or str(value).strip().lstrip("-").isdigit():
        seconds, milliseconds = divmod(int(str(value)), 1000)
        moment = datetime.fromtimestamp(seconds, UTC).replace(microsecond=1000 * milliseconds)
    else:
        moment = datetime.fromisoformat(str(value).strip())
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def to_date(value: object) -> date:
    """A day from ISO 8601 text, a date or a datetime."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value).strip())


def _received(row: Row, identity: tuple[object, ...], thing: Thing | None) -> Received[Thing]:
    return Received(
        identity=identity,
        version=int(_text(row, "version") or 1),
        ingested_at=to_datetime(row["ingested_at"]),
        batch_id=_required_text(row, "batch_id"),
        source_row=int(_required_text(row, "source_row")),
        thing=thing,
    )


def _is_cancel(row: Row) -> bool:
    return _text(row, "event_type") == "CANCEL"


def trade_of(row: Row) -> Received[Trade]:
    """A row of trades."""
    identity = (_required_text(row, "trade_id"),)
    if _is_cancel(row):
        return _received(row, identity, None)
    trade = Trade(
        trade_id=_required_text(row, "trade_id"),
        account_id=_required_text(row, "account_id"),
        symbol=_required_text(row, "symbol"),
        side=_required_text(row, "side"),
        quantity=_required_number(row, "quantity", AMOUNT_SCALE),
        price=_required_number(row, "price", PRICE_SCALE),
        executed_at=to_datetime(row["executed_at"]),
        fees=_number(row, "fees", AMOUNT_SCALE) or Fraction(0),
        currency=_text(row, "currency"),
    )
    return _received(row, identity, trade)


def cash_event_of(row: Row) -> Received[CashEvent]:
    """A row of cash events."""
    identity = (_required_text(row, "event_id"),)
    if _is_cancel(row):
        return _received(row, identity, None)
    event = CashEvent(
        event_id=_required_text(row, "event_id"),
        account_id=_required_text(row, "account_id"),
        amount=_required_number(row, "amount", AMOUNT_SCALE),
        type=_required_text(row, "type"),
        timestamp=to_datetime(row["timestamp"]),
        currency=_text(row, "currency"),
        transfer_id=_text(row, "transfer_id"),
        symbol=_text(row, "symbol"),
    )
    return _received(row, identity, event)


def price_of(row: Row) -> Received[Price]:
    """A row of prices; a file may call the close `price`."""
    symbol = _required_text(row, "symbol")
    timestamp = None if _text(row, "timestamp") is None else to_datetime(row["timestamp"])
    day = to_date(row["date"]) if timestamp is None else timestamp.date()
    close = _required_number(row, "close" if "close" in row else "price", PRICE_SCALE)
    price = Price(symbol, day, timestamp, close, _text(row, "currency"))
    return _received(row, (symbol, timestamp or day), price)


def ratio_of(text: str) -> Fraction:
    """New shares per old from `3:2` or `1.5`."""
    new, colon, old = text.strip().partition(":")
    return Fraction(int(new), int(old)) if colon else Fraction(new)


def corporate_action_of(row: Row) -> Received[CorporateAction]:
    """A row of corporate actions. A CANCEL needs no more than what it cancels."""
    symbol, kind = _required_text(row, "symbol"), _required_text(row, "type")
    ex_date = to_date(row["ex_date"])
    source_id = _text(row, "action_id") or ""
    identity = (symbol, ex_date, kind, source_id)
    if _is_cancel(row):
        return _received(row, identity, None)
    ratio = _text(row, "ratio")
    action = CorporateAction(
        symbol=symbol,
        ex_date=ex_date,
        type=kind,
        ratio=None if ratio is None else ratio_of(ratio),
        amount=_number(row, "amount", AMOUNT_SCALE),
        new_symbol=_text(row, "new_symbol"),
        cost_fraction=_number(row, "cost_fraction", AMOUNT_SCALE),
        currency=_text(row, "currency"),
        source_id=source_id,
    )
    return _received(row, identity, action)


def security_transfer_of(row: Row) -> Received[SecurityTransfer]:
    """A row of transfers of securities."""
    identity = (_required_text(row, "event_id"),)
    if _is_cancel(row):
        return _received(row, identity, None)
    acquired_at = _text(row, "acquired_at")
    transfer = SecurityTransfer(
        event_id=_required_text(row, "event_id"),
        account_id=_required_text(row, "account_id"),
        symbol=_required_text(row, "symbol"),
        direction=_required_text(row, "direction"),
        quantity=_required_number(row, "quantity", AMOUNT_SCALE),
        timestamp=to_datetime(row["timestamp"]),
        transfer_id=_text(row, "transfer_id"),
        cost_per_share=_number(row, "cost_per_share", PRICE_SCALE),
        acquired_at=None if acquired_at is None else to_datetime(row["acquired_at"]),
    )
    return _received(row, identity, transfer)


def fx_rate_of(row: Row) -> Received[FxRate]:
    """A row of exchange rates."""
    rate = FxRate(
        day=to_date(row["date"]),
        base_currency=_required_text(row, "base_currency"),
        quote_currency=_required_text(row, "quote_currency"),
        rate=_required_number(row, "rate", PRICE_SCALE),
    )
    return _received(row, (rate.day, rate.base_currency, rate.quote_currency), rate)


def instrument_of(row: Row) -> Received[Instrument]:
    """A row of instruments."""
    symbol = _required_text(row, "symbol")
    instrument = Instrument(
        symbol=symbol,
        asset_class=_text(row, "asset_class"),
        sector=_text(row, "sector"),
        currency=_text(row, "currency") or "USD",
        calendar=_text(row, "calendar") or "NYSE",
        multiplier=_number(row, "multiplier", AMOUNT_SCALE) or Fraction(1),
    )
    return _received(row, (symbol,), instrument)


def account_of(row: Row) -> Received[Account]:
    """A row of accounts."""
    account_id = _required_text(row, "account_id")
    account = Account(
        account_id=account_id,
        desk=_text(row, "desk") or "unassigned",
        base_currency=_text(row, "base_currency") or "USD",
        calendar=_text(row, "calendar") or "NYSE",
    )
    return _received(row, (account_id,), account)


def raw_inputs(rows: Callable[[str], Iterable[Row]]) -> RawInputs:
    """Turn the rows of each kind (`rows(kind)`) into what was received."""
    return RawInputs(
        trades=[trade_of(row) for row in rows("trades")],
        cash_events=[cash_event_of(row) for row in rows("cash_events")],
        prices=[price_of(row) for row in rows("prices")],
        corporate_actions=[corporate_action_of(row) for row in rows("corporate_actions")],
        security_transfers=[security_transfer_of(row) for row in rows("security_transfers")],
        fx_rates=[fx_rate_of(row) for row in rows("fx_rates")],
        instruments=[instrument_of(row) for row in rows("instruments")],
        accounts=[account_of(row) for row in rows("accounts")],
    )


# ------------------------------------------------------------------ sources


def _rows_of_file(path: Path) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        rows: list[dict[str, Any]] = parquet.read_table(path).to_pylist()
        return rows
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def read_files(files: Mapping[str, Sequence[Path]], loaded_at: datetime = LOADED_AT) -> RawInputs:
    """Read files in the format of `warehouse ingest`.

    Args:
        files: The files of each kind, in the order of their loading.
        loaded_at: When rows were known that do not say it themselves (UTC, no zone).
    """

    def rows(kind: str) -> Iterable[Row]:
        for batch, path in enumerate(files.get(kind, ())):
            for number, row in enumerate(_rows_of_file(path), start=1):
                if _text(row, "ingested_at") is None:
                    row["ingested_at"] = loaded_at
                yield row | {"batch_id": f"{batch:09d}", "source_row": number}

    return raw_inputs(rows)


def read_folder(folder: Path, loaded_at: datetime = LOADED_AT) -> RawInputs:
    """Read `<kind>.csv` and `<kind>.parquet` of a folder."""
    return read_files({kind: sorted(folder.glob(f"{kind}.*")) for kind in KINDS}, loaded_at)


def read_duckdb(database: Path) -> RawInputs:
    """Read the raw tables `main.raw_<kind>` of a DuckDB file, read-only."""
    with duckdb.connect(str(database), read_only=True) as connection:

        def rows(kind: str) -> Iterable[Row]:
            found = connection.execute(f"select * from main.raw_{kind}")  # noqa: S608 - fixed names
            names = [str(column[0]) for column in found.description or ()]
            return [dict(zip(names, values, strict=True)) for values in found.fetchall()]

        return raw_inputs(rows)
