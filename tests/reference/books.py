"""Daily positions, cash, values and P&L of every account (interfaces.md, section 4).

Events are in the currency of their instrument or their own; daily amounts are in the base currency
of the account, at the rate of the day. An amount whose rate is missing is None, and so is every sum
that needs it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction

from tests.reference.actions import (
    NO_ACTIONS,
    ShareHistory,
    booked,
    rated,
    rounded,
    share_histories,
)
from tests.reference.calendar import TradingCalendar, trading_calendar
from tests.reference.closes import CloseSeries, PriceRow, close_series
from tests.reference.events import CashEvent, Inputs, Instrument, SecurityTransfer, Trade
from tests.reference.fx import SAME_CURRENCY, Conversion, FxRates, convert, total
from tests.reference.ledger import (
    FLAT,
    LedgerRow,
    Position,
    by_symbol,
    by_value_date,
    run_ledgers,
)
from tests.reference.transfers import TransferRow, external_transfers

ZERO = Fraction(0)

CASH_SIGN = {
    "DEPOSIT": 1,
    "WITHDRAWAL": -1,
    "TRANSFER_IN": 1,
    "TRANSFER_OUT": -1,
    "INTEREST": 1,
    "FEE": -1,
    "TAX": -1,
    "REBATE": 1,
    "FX_IN": 1,
    "FX_OUT": -1,
    "CASH_IN_LIEU": 1,
}
FLOW_TYPES = ("DEPOSIT", "WITHDRAWAL", "TRANSFER_IN", "TRANSFER_OUT")
TRANSFER_TYPES = ("TRANSFER_IN", "TRANSFER_OUT")
FX_TYPES = ("FX_IN", "FX_OUT")
COST_TYPES = ("FEE", "TAX", "REBATE")

Amount = Fraction | None
"""Money in the base currency; None: a rate is missing."""


@dataclass(frozen=True, slots=True)
class CashRow:
    """One row of fact_cash_events: the signed amount, in its own currency, on its value date."""

    event: CashEvent
    value_date: date
    currency: str
    amount: Fraction
    is_external_flow: bool
    conversion: Conversion | None = SAME_CURRENCY
    """To the base currency of the account."""

    @property
    def base_amount(self) -> Amount:
        """The signed amount in the base currency of the account."""
        return convert(self.amount, self.conversion)


@dataclass(frozen=True, slots=True)
class CashBalanceRow:
    """One row of fact_cash_balances_daily: the balance at the close, in its own currency."""

    cash_balance: Fraction
    conversion: Conversion | None

    @property
    def cash_value(self) -> Amount:
        """The balance in the base currency."""
        return convert(self.cash_balance, self.conversion)


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One row of fact_positions_daily."""

    cumulative_position: Fraction
    avg_cost_per_share: Fraction | None
    """In the instrument's currency."""
    close_price: Fraction | None
    """In the instrument's currency; one from before a split is restated."""
    stale_days: int | None
    multiplier: Fraction
    conversion: Conversion | None
    realized_pnl_to_date: Amount

    @property
    def unit_value(self) -> Fraction:
        """What a unit is worth in the instrument's currency: its close, else its average cost."""
        return self.avg_cost_per_share or ZERO if self.close_price is None else self.close_price

    @property
    def market_value(self) -> Amount:
        """In the base currency."""
        return self._converted(self.unit_value)

    @property
    def cost_basis(self) -> Amount:
        """In the base currency, at the rate of the day."""
        return self._converted(self.avg_cost_per_share or ZERO)

    @property
    def unrealized_pnl(self) -> Amount:
        """Market value less cost: the closing level."""
        return self._converted(self.unit_value - (self.avg_cost_per_share or ZERO))

    @property
    def value_status(self) -> str:
        """Why the value is what it is; what is flat needs neither a rate nor a price."""
        if self.cumulative_position == 0:
            return "ok"
        if self.conversion is None:
            return "missing_fx"
        return "at_cost" if self.close_price is None else "ok"

    def _converted(self, per_unit: Fraction) -> Amount:
        return convert(
            self.cumulative_position * per_unit * self.multiplier,
            self.conversion,
            is_nothing=self.cumulative_position == 0,
        )


@dataclass(frozen=True, slots=True)
class PortfolioRow:
    """One row of fact_portfolio_value_daily, with the gross flows behind the net one."""

    cash_balance: Amount
    positions_value: Amount
    inflow: Amount
    outflow: Amount
    is_empty: bool = False
    """Whether nothing is held that is worth anything: no balance, no position."""

    @property
    def total_value(self) -> Amount:
        """Cash and positions."""
        return total((self.cash_balance, self.positions_value))

    @property
    def net_external_flow(self) -> Amount:
        """Inflow less outflow."""
        if self.inflow is None or self.outflow is None:
            return None
        return self.inflow - self.outflow

    @property
    def value_status(self) -> str:
        """Why there is no value."""
        return "missing_fx" if self.total_value is None else "ok"


@dataclass(frozen=True, slots=True)
class PnlRow:
    """One row of fact_pnl_daily. unrealized_pnl is a level, all else belongs to the day."""

    realized_pnl: Amount = ZERO
    unrealized_pnl: Amount = ZERO
    unrealized_pnl_change: Amount = ZERO
    dividends: Amount = ZERO
    interest: Amount = ZERO
    fees: Amount = ZERO
    fx_pnl: Amount = ZERO

    @property
    def total_pnl(self) -> Amount:
        """Everything earned on the day; fees are stored positive."""
        earned = total(
            (
                self.realized_pnl,
                self.unrealized_pnl_change,
                self.dividends,
                self.interest,
                self.fx_pnl,
            )
        )
        return None if earned is None or self.fees is None else earned - self.fees


@dataclass(slots=True)
class Books:
    """The daily books, each table keyed by its grain."""

    inputs: Inputs
    """What can be booked of what was received."""
    closes: dict[str, CloseSeries]
    last_day: date | None
    rates: FxRates
    shares: dict[str, ShareHistory] = field(default_factory=dict)
    prices: dict[tuple[str, date], PriceRow] = field(default_factory=dict)
    trades: dict[str, LedgerRow] = field(default_factory=dict)
    ledgers: dict[tuple[str, str], list[LedgerRow]] = field(default_factory=dict)
    """Trades, transfers and corporate actions of each (account_id, symbol), in their order."""
    cash_events: dict[str, CashRow] = field(default_factory=dict)
    transfers: dict[str, TransferRow] = field(default_factory=dict)
    cash_balances: dict[tuple[str, str, date], CashBalanceRow] = field(default_factory=dict)
    """By (account_id, currency, day)."""
    positions: dict[tuple[str, str, date], PositionRow] = field(default_factory=dict)
    portfolio: dict[tuple[str, date], PortfolioRow] = field(default_factory=dict)
    pnl: dict[tuple[str, str, date], PnlRow] = field(default_factory=dict)

    @property
    def account_ids(self) -> list[str]:
        """Accounts with a valued day, by name."""
        return sorted({account_id for account_id, _ in self.portfolio})

    def calendar(self, name: str) -> TradingCalendar:
        """The calendar of that name over all days of the inputs."""
        return trading_calendar(name, _all_days(self.inputs))

    def close(self, symbol: str, day: date) -> Fraction | None:
        """The last close of a symbol by a day, in the units of that day."""
        series = self.closes.get(symbol)
        quote = series.on(day) if series else None
        return quote.close_price if quote else None

    def base_currency(self, account_id: str) -> str:
        """Currency in which an account is valued."""
        return self.inputs.account(account_id).base_currency

    def fractions_paid(self) -> list[CashEvent]:
        """Cash in lieu that names a symbol, in that symbol's currency."""
        return [
            event
            for event in self.inputs.cash_events
            if event.type == "CASH_IN_LIEU"
            and event.symbol is not None
            and (event.currency or self.base_currency(event.account_id))
            == self.inputs.instrument(event.symbol).currency
        ]

    def dividends(
        self, account_id: str, symbol: str, events: Iterable[LedgerRow], day: date
    ) -> Amount:
        """Dividends of some events of a day, each at the rate of its own currency."""
        base = self.base_currency(account_id)
        own = self.inputs.instrument(symbol).currency
        return total(
            convert(each.dividend, self.rates.on(each.payment_currency or own, base, day))
            for each in events
        )

    def capital_conversions(
        self, account_id: str, symbol: str, events: Iterable[LedgerRow], day: date
    ) -> Amount:
        """What capital returned in another currency is worth beyond what the cost fell by."""
        base = self.base_currency(account_id)
        own = self.inputs.instrument(symbol).currency
        return total(
            difference(
                convert(each.capital, self.rates.on(each.payment_currency or own, base, day)),
                convert(each.paid, self.rates.on(own, base, day)),
            )
            for each in events
            if each.capital and each.payment_currency not in (None, own)
        )

    def days_of(self, account_id: str) -> list[date]:
        """The valuation days of an account."""
        return sorted(day for owner, day in self.portfolio if owner == account_id)


# ------------------------------------------------------------------ events


def _all_days(inputs: Inputs) -> list[date]:
    days = [price.day for price in inputs.prices]
    days += [trade.trade_date for trade in inputs.trades]
    days += [event.event_date for event in inputs.cash_events]
    days += [transfer.transfer_date for transfer in inputs.security_transfers]
    days += [action.ex_date for action in inputs.corporate_actions]
    days += [rate.day for rate in inputs.fx_rates]
    return days


def internal_event_ids(rows: Iterable[CashRow]) -> set[str]:
    """Transfer legs that are no flow of a scope, given all cash rows inside the scope.

    Legs cancel when the scope holds both a TRANSFER_IN and a TRANSFER_OUT of one transfer_id on
    one value date. Legs on different days leave the scope and come back, as flows of their days:
    cash in transit is in no account, and a day's row must not depend on what comes later.
    """
    legs: dict[tuple[str, date], list[CashRow]] = defaultdict(list)
    for row in rows:
        if row.event.type in TRANSFER_TYPES and row.event.transfer_id is not None:
            legs[row.event.transfer_id, row.value_date].append(row)
    return {
        row.event.event_id
        for several in legs.values()
        if {row.event.type for row in several} == set(TRANSFER_TYPES)
        for row in several
    }


def external_rows(rows: Sequence[CashRow]) -> list[CashRow]:
    """The rows that are flows of a scope that holds exactly these cash rows."""
    internal = internal_event_ids(rows)
    return [
        row for row in rows if row.event.type in FLOW_TYPES and row.event.event_id not in internal
    ]


def gross_flows(flows: Iterable[tuple[date, Amount]]) -> dict[date, tuple[Amount, Amount]]:
    """Gross (inflow, outflow) by day of signed flows; both are None where one has no amount."""
    gross: dict[date, tuple[Amount, Amount]] = {}
    for day, amount in flows:
        inflow, outflow = gross.get(day, (ZERO, ZERO))
        if amount is None or inflow is None or outflow is None:
            gross[day] = None, None
        else:
            gross[day] = inflow + max(amount, ZERO), outflow + max(-amount, ZERO)
    return gross


def cash_rows(
    events: Iterable[CashEvent], calendar: TradingCalendar, base_currency: str, rates: FxRates
) -> list[CashRow]:
    """Value-date and sign the cash events of one account."""
    rows = []
    for event in events:
        currency = event.currency or base_currency
        day = calendar.roll(event.event_date)
        rows.append(
            CashRow(
                event=event,
                value_date=day,
                currency=currency,
                amount=CASH_SIGN[event.type] * event.amount,
                is_external_flow=False,
                conversion=rates.on(currency, base_currency, day),
            )
        )
    external = {row.event.event_id for row in external_rows(rows)}
    return [replace(row, is_external_flow=row.event.event_id in external) for row in rows]


# ------------------------------------------------------------------ one account


@dataclass(slots=True)
class _Account:
    """What the tables of one account are made from."""

    books: Books
    account_id: str
    days: tuple[date, ...]
    ledgers: Mapping[str, Sequence[LedgerRow]]
    cash: Sequence[CashRow]

    def rate(self, currency: str, day: date) -> Conversion | None:
        """From a currency to the base currency."""
        return self.books.rates.on(currency, self.books.base_currency(self.account_id), day)

    def instrument(self, symbol: str) -> Instrument:
        return self.books.inputs.instrument(symbol)

    # -------------------------------------------------------------- positions

    def position_rows(self, symbol: str) -> dict[date, PositionRow]:
        """On every day with an event of the position or with a holding at the close before it."""
        instrument, closes = self.instrument(symbol), self.books.closes.get(symbol)
        events_of = by_value_date(self.ledgers[symbol])
        rows: dict[date, PositionRow] = {}
        position = FLAT
        realized: Amount = ZERO
        for day in self.days:
            events = events_of.get(day, [])
            if position == FLAT and not events:
                continue
            conversion = self.rate(instrument.currency, day)
            for event in events:
                position = event.after
                realized = total((realized, convert(event.realized_pnl, conversion)))
            quote = closes.on(day) if closes else None
            rows[day] = PositionRow(
                cumulative_position=position.quantity,
                avg_cost_per_share=position.average_cost,
                close_price=quote.close_price if quote else None,
                stale_days=quote.stale_days if quote else None,
                multiplier=instrument.multiplier,
                conversion=conversion,
                realized_pnl_to_date=realized,
            )
        return rows

    # -------------------------------------------------------------- cash

    def cash_balances(self) -> dict[tuple[str, date], CashBalanceRow]:
        """Of every currency the account moved, from the first movement on."""
        moves: dict[str, dict[date, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
        for row in self.cash:
            moves[row.currency][row.value_date] += row.amount
        for symbol, ledger in self.ledgers.items():
            currency = self.instrument(symbol).currency
            for event in ledger:
                if isinstance(event.event, SecurityTransfer):  # moves none, and begins the account
                    base_currency = self.books.base_currency(self.account_id)
                    moves[base_currency][event.value_date] += ZERO
                elif isinstance(event.event, Trade):
                    moves[currency][event.value_date] += event.cash_effect
                elif event.dividend + event.capital != 0:
                    own = event.payment_currency or currency
                    moves[own][event.value_date] += event.dividend + event.capital
        rows: dict[tuple[str, date], CashBalanceRow] = {}
        for currency, by_day in moves.items():
            balance = ZERO
            for day in self.days:
                balance += by_day.get(day, ZERO)
                if day >= min(by_day):
                    rows[currency, day] = CashBalanceRow(balance, self.rate(currency, day))
        return rows

    # -------------------------------------------------------------- transfers

    def transfer_rows(self, symbol: str, rows: Mapping[date, PositionRow]) -> list[TransferRow]:
        """The transfers of a symbol, at the close of their value date."""
        shares = self.books.shares.get(symbol, NO_ACTIONS)
        result = []
        for line in self.ledgers[symbol]:
            if isinstance(line.event, SecurityTransfer):
                value = None
                if row := rows.get(line.value_date):
                    value = transferred_value(line, row, shares)
                conversion = row.conversion if row else None
                result.append(
                    TransferRow(line.event, line.value_date, line.moved_cost, value, conversion)
                )
        return result

    # -------------------------------------------------------------- P&L

    def position_pnl(self, symbol: str, rows: Mapping[date, PositionRow]) -> dict[date, PnlRow]:
        """P&L of one position on each day it has a row.

        fx_pnl = Q0 * a0 * (FX1 - FX0): the cost carried in at the close before, after the splits.
        The profit that transferred units brought along or took away is none of the day.
        """
        events_of = by_value_date(self.ledgers[symbol])
        result: dict[date, PnlRow] = {}
        for before, day in zip((None, *self.days), self.days, strict=False):
            if day not in rows:
                continue
            row, held = rows[day], rows.get(before) if before else None
            carried = carried_in(held, self.books.shares.get(symbol, NO_ACTIONS), before, day)
            events = events_of.get(day, [])
            unrealized_before = ZERO if held is None else held.unrealized_pnl
            shares = self.books.shares.get(symbol, NO_ACTIONS)
            brought = [
                transferred_value(each, row, shares) - each.moved_cost
                for each in events
                if isinstance(each.event, SecurityTransfer)
            ]
            result[day] = PnlRow(
                realized_pnl=convert(_sum(each.realized_pnl for each in events), row.conversion),
                unrealized_pnl=row.unrealized_pnl,
                unrealized_pnl_change=difference(
                    difference(row.unrealized_pnl, unrealized_before),
                    convert(sum(brought, ZERO), row.conversion, is_nothing=not any(brought)),
                ),
                dividends=self.books.dividends(self.account_id, symbol, events, day),
                fees=convert(_sum(each.fees for each in events), row.conversion),
                fx_pnl=total(
                    (
                        revalued(
                            carried.cost * row.multiplier,
                            held.conversion if held else None,
                            row.conversion,
                        ),
                        self.books.capital_conversions(self.account_id, symbol, events, day),
                    )
                ),
            )
        return result

    def cash_pnl(
        self, balances: Mapping[tuple[str, date], CashBalanceRow]
    ) -> dict[tuple[str, date], PnlRow]:
        """P&L of the cash of each currency: a row on every day it has a balance row."""
        amounts: dict[tuple[str, date, str], Fraction] = defaultdict(Fraction)
        fractions = {
            row.event.event_id
            for rows in self.ledgers.values()
            for row in rows
            if isinstance(row.event, CashEvent)
        }
        for row in self.cash:
            if row.event.event_id not in fractions:
                amounts[row.currency, row.value_date, row.event.type] += row.amount
        conversions = conversion_results(self.cash)
        result: dict[tuple[str, date], PnlRow] = {}
        for before, day in zip((None, *self.days), self.days, strict=False):
            for currency in {currency for currency, on in balances if on == day}:
                held = balances.get((currency, before)) if before else None
                conversion = balances[currency, day].conversion
                result[currency, day] = PnlRow(
                    realized_pnl=convert(
                        amounts.get((currency, day, "CASH_IN_LIEU"), ZERO), conversion
                    ),
                    interest=convert(amounts.get((currency, day, "INTEREST"), ZERO), conversion),
                    fees=convert(
                        -_sum(amounts.get((currency, day, kind), ZERO) for kind in COST_TYPES),
                        conversion,
                        is_nothing=not any((currency, day, kind) in amounts for kind in COST_TYPES),
                    ),
                    fx_pnl=total(
                        (
                            cash_revaluation(held, conversion),
                            conversions.get((currency, day), ZERO),
                        )
                    ),
                )
        return result


def _sum(amounts: Iterable[Fraction]) -> Fraction:
    return sum(amounts, ZERO)


def transferred_value(line: LedgerRow, row: PositionRow, shares: ShareHistory) -> Fraction:
    """Signed value of what a transfer moved at the close of its value date, at cost without one.

    Units of a closed day are restated by the splits until the next open one.
    """
    if not isinstance(line.event, SecurityTransfer):
        raise TypeError(f"{line.event} is no transfer")
    if row.close_price is None:
        return line.moved_cost
    ratio = shares.ratio(line.event.transfer_date, line.value_date)
    return line.event.signed_quantity * ratio * row.close_price * row.multiplier


def difference(after: Amount, before: Amount) -> Amount:
    """After less before, None where one of them is."""
    return None if after is None or before is None else after - before


def revalued(local: Fraction, before: Conversion | None, after: Conversion | None) -> Amount:
    """What an amount in another currency gains from one rate to the other."""
    return difference(convert(local, after), convert(local, before))


def cash_revaluation(held: CashBalanceRow | None, conversion: Conversion | None) -> Amount:
    """C0 * (FX1 - FX0) of the balance at the close before."""
    return ZERO if held is None else revalued(held.cash_balance, held.conversion, conversion)


def carried_in(
    held: PositionRow | None, shares: ShareHistory, before: date | None, day: date
) -> Position:
    """The position at the close before, in the units after the splits up to the day."""
    if held is None or before is None or held.avg_cost_per_share is None:
        return FLAT
    ratio = shares.ratio(before, day)
    return Position(rounded(held.cumulative_position * ratio), held.avg_cost_per_share / ratio)


def conversion_results(rows: Iterable[CashRow]) -> dict[tuple[str, date], Amount]:
    """Result of the currency conversions of one account, by (currency, day).

    The FX legs of one transfer_id on one day are worth their sum in base currency, in the row of
    the FX_IN leg's currency. A leg alone, or without a transfer_id, is a result of itself.
    """
    groups: dict[tuple[date, str], list[CashRow]] = defaultdict(list)
    for row in rows:
        if row.event.type in FX_TYPES:
            key = row.event.transfer_id or f"alone {row.event.event_id}"
            groups[row.value_date, key].append(row)
    results: dict[tuple[str, date], Amount] = {}
    for (day, _), legs in groups.items():
        incoming = sorted(leg.currency for leg in legs if leg.event.type == "FX_IN")
        for leg in legs:
            currency = incoming[0] if incoming else leg.currency
            known = results.get((currency, day), ZERO)
            results[currency, day] = total((known, leg.base_amount))
    return results


# ------------------------------------------------------------------ the books


def _add_events(
    books: Books, account_id: str, ledger: Sequence[LedgerRow], events: Sequence[CashEvent]
) -> _Account | None:
    """Add the tables of events of one account."""
    calendar = books.calendar(books.inputs.account(account_id).calendar)
    cash = cash_rows(events, calendar, books.base_currency(account_id), books.rates)
    books.cash_events.update({row.event.event_id: row for row in cash})
    for row in ledger:
        if isinstance(row.event, Trade):
            books.trades[row.event.trade_id] = row
    ledgers = by_symbol(ledger)
    books.ledgers.update({(account_id, symbol): rows for symbol, rows in ledgers.items()})
    if not cash and not ledger:
        return None
    first = min([row.value_date for row in cash] + [row.value_date for row in ledger])
    days = calendar.between(first, books.last_day) if books.last_day else ()
    return _Account(books, account_id, days, ledgers, cash)


def _add_days(books: Books, account: _Account) -> None:
    """Add the daily tables of one account."""
    account_id = account.account_id
    positions_value: dict[date, list[Amount]] = defaultdict(list)
    transfers: list[TransferRow] = []
    for symbol in account.ledgers:
        rows = account.position_rows(symbol)
        for day, row in rows.items():
            books.positions[account_id, symbol, day] = row
            positions_value[day].append(row.market_value)
        for day, pnl in account.position_pnl(symbol, rows).items():
            books.pnl[account_id, symbol, day] = pnl
        transfers += account.transfer_rows(symbol, rows)
    external = {row.event.event_id for row in external_transfers(transfers)}
    for transfer in transfers:
        is_external = transfer.event.event_id in external
        books.transfers[transfer.event.event_id] = replace(transfer, is_external_flow=is_external)
    balances = account.cash_balances()
    cash_value: dict[date, list[Amount]] = defaultdict(list)
    for (currency, day), balance in balances.items():
        books.cash_balances[account_id, currency, day] = balance
        cash_value[day].append(balance.cash_value)
    for (currency, day), pnl in account.cash_pnl(balances).items():
        books.pnl[account_id, f"CASH:{currency}", day] = pnl
    crossing: list[CashRow | TransferRow] = [
        *external_rows(account.cash),
        *external_transfers(transfers),
    ]
    flows = gross_flows((row.value_date, row.base_amount) for row in crossing)
    for day in account.days:
        inflow, outflow = flows.get(day, (ZERO, ZERO))
        books.portfolio[account_id, day] = PortfolioRow(
            total(cash_value[day]),
            total(positions_value[day]),
            inflow,
            outflow,
            is_empty=all(part == 0 for part in cash_value[day] + positions_value[day]),
        )


def build_books(inputs: Inputs) -> Books:
    """Build every daily table from the current events.

    The last day of every table is the last day on which any symbol has a used price; later events
    are in the trades and cash events, and in no daily table.
    """
    all_days = _all_days(inputs)
    exchange = trading_calendar("NYSE", all_days) if all_days else TradingCalendar("NYSE", ())
    rates = FxRates(inputs.fx_rates, exchange)

    def calendar_of(symbol: str) -> TradingCalendar:
        return trading_calendar(inputs.instrument(symbol).calendar, all_days)

    prices = booked(inputs).prices
    closes = close_series(prices, calendar_of, {})
    last_day = max((series.days[-1] for series in closes.values()), default=None)
    inputs = booked(rated(inputs, rates, last_day))
    shares = share_histories(inputs.corporate_actions)
    closes = close_series(prices, calendar_of, shares)
    books = Books(inputs, closes, last_day, rates, shares)
    if last_day is not None:
        for symbol, series in closes.items():
            rows = series.daily(last_day)
            books.prices.update({(symbol, day): row for day, row in rows.items()})

    ledgers = run_ledgers(
        [
            *inputs.trades,
            *inputs.security_transfers,
            *inputs.corporate_actions,
            *books.fractions_paid(),
        ],
        lambda account_id, day: books.calendar(inputs.account(account_id).calendar).roll(day),
        inputs.instrument,
        books.close,
    )
    events_of: dict[str, list[CashEvent]] = defaultdict(list)
    for event in inputs.cash_events:
        events_of[event.account_id].append(event)
    for account_id in sorted(ledgers.keys() | events_of.keys()):
        account = _add_events(books, account_id, ledgers.get(account_id, []), events_of[account_id])
        if account is not None:
            _add_days(books, account)
    return books
