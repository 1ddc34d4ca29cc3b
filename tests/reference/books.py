"""Daily positions, values and P&L of every account (interfaces.md, section 4).

One currency so far: inputs in another currency are refused. Splits and dividends would enter
where a position is carried from one day to the next, and FX where an amount becomes base currency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from tests.reference.calendar import TradingCalendar, trading_calendar
from tests.reference.closes import CloseSeries, PriceRow, close_series
from tests.reference.events import CashEvent, Inputs, Trade
from tests.reference.ledger import LedgerRow, by_position, by_value_date, run_ledger

ZERO = Fraction(0)
BASE_CURRENCY = "USD"

CASH_SIGN = {
    "DEPOSIT": 1,
    "WITHDRAWAL": -1,
    "TRANSFER_IN": 1,
    "TRANSFER_OUT": -1,
    "INTEREST": 1,
    "FEE": -1,
    "FX_IN": 1,
    "FX_OUT": -1,
    "CASH_IN_LIEU": 1,
}
FLOW_TYPES = ("DEPOSIT", "WITHDRAWAL", "TRANSFER_IN", "TRANSFER_OUT")
TRANSFER_TYPES = ("TRANSFER_IN", "TRANSFER_OUT")


@dataclass(frozen=True, slots=True)
class CashRow:
    """One row of fact_cash_events: the signed amount on its value date."""

    event: CashEvent
    value_date: date
    amount: Fraction
    is_external_flow: bool


@dataclass(frozen=True, slots=True)
class PositionRow:
    """One row of fact_positions_daily. Money in the base currency."""

    cumulative_position: Fraction
    avg_cost_per_share: Fraction | None
    close_price: Fraction | None
    stale_days: int | None
    market_value: Fraction
    cost_basis: Fraction
    realized_pnl_to_date: Fraction

    @property
    def unrealized_pnl(self) -> Fraction:
        """Market value less cost: the closing level."""
        return self.market_value - self.cost_basis


@dataclass(frozen=True, slots=True)
class PortfolioRow:
    """One row of fact_portfolio_value_daily, with the gross flows behind the net one."""

    cash_balance: Fraction
    positions_value: Fraction
    inflow: Fraction
    outflow: Fraction

    @property
    def total_value(self) -> Fraction:
        """Cash and positions."""
        return self.cash_balance + self.positions_value

    @property
    def net_external_flow(self) -> Fraction:
        """Inflow less outflow."""
        return self.inflow - self.outflow


@dataclass(frozen=True, slots=True)
class PnlRow:
    """One row of fact_pnl_daily. unrealized_pnl is a level, all else belongs to the day."""

    realized_pnl: Fraction = ZERO
    unrealized_pnl: Fraction = ZERO
    unrealized_pnl_change: Fraction = ZERO
    dividends: Fraction = ZERO
    interest: Fraction = ZERO
    fees: Fraction = ZERO
    fx_pnl: Fraction = ZERO

    @property
    def total_pnl(self) -> Fraction:
        """Everything earned on the day; fees are stored positive."""
        return (
            self.realized_pnl
            + self.unrealized_pnl_change
            + self.dividends
            + self.interest
            - self.fees
            + self.fx_pnl
        )


@dataclass(slots=True)
class Books:
    """The daily books, each table keyed by its grain."""

    inputs: Inputs
    closes: dict[str, CloseSeries]
    last_day: date | None
    prices: dict[tuple[str, date], PriceRow] = field(default_factory=dict)
    trades: dict[str, LedgerRow] = field(default_factory=dict)
    cash_events: dict[str, CashRow] = field(default_factory=dict)
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


# ------------------------------------------------------------------ events


def _all_days(inputs: Inputs) -> list[date]:
    days = [price.day for price in inputs.prices]
    days += [trade.executed_at.date() for trade in inputs.trades]
    days += [event.timestamp.date() for event in inputs.cash_events]
    return days


def trade_cash_effect(trade: Trade, multiplier: Fraction) -> Fraction:
    """Cash a trade moves: -signed quantity * price * multiplier - fees."""
    return -trade.signed_quantity * trade.price * multiplier - trade.fees


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


def gross_flows(rows: Sequence[CashRow]) -> dict[date, tuple[Fraction, Fraction]]:
    """Gross external (inflow, outflow) by day of a scope that holds exactly these cash rows."""
    internal = internal_event_ids(rows)
    flows: dict[date, tuple[Fraction, Fraction]] = {}
    for row in rows:
        if row.event.type in FLOW_TYPES and row.event.event_id not in internal:
            inflow, outflow = flows.get(row.value_date, (ZERO, ZERO))
            flows[row.value_date] = (
                inflow + max(row.amount, ZERO),
                outflow + max(-row.amount, ZERO),
            )
    return flows


def cash_rows(events: Iterable[CashEvent], calendar: TradingCalendar) -> list[CashRow]:
    """Value-date and sign the cash events of one account."""
    signed = [
        CashRow(
            event=event,
            value_date=calendar.roll(event.timestamp.date()),
            amount=CASH_SIGN[event.type] * event.amount,
            is_external_flow=event.type in FLOW_TYPES,
        )
        for event in events
    ]
    internal = internal_event_ids(signed)
    return [
        CashRow(
            event=row.event,
            value_date=row.value_date,
            amount=row.amount,
            is_external_flow=row.is_external_flow and row.event.event_id not in internal,
        )
        for row in signed
    ]


# ------------------------------------------------------------------ positions


def position_row(
    quantity: Fraction,
    average_cost: Fraction | None,
    realized_to_date: Fraction,
    multiplier: Fraction,
    closes: CloseSeries | None,
    day: date,
) -> PositionRow:
    """Value a holding at the close of a day; at its average cost before the first price."""
    cost_basis = quantity * (average_cost or ZERO) * multiplier
    quote = closes.on(day) if closes else None
    return PositionRow(
        cumulative_position=quantity,
        avg_cost_per_share=average_cost,
        close_price=quote.close_price if quote else None,
        stale_days=quote.stale_days if quote else None,
        market_value=quantity * quote.close_price * multiplier if quote else cost_basis,
        cost_basis=cost_basis,
        realized_pnl_to_date=realized_to_date,
    )


def position_rows(
    ledger: Sequence[LedgerRow],
    days: Sequence[date],
    closes: CloseSeries | None,
    multiplier: Fraction,
) -> dict[date, PositionRow]:
    """Rows of one position: on every day with a trade or with a holding at the close before it."""
    trades_of = by_value_date(ledger)
    rows: dict[date, PositionRow] = {}
    quantity, average_cost, realized = ZERO, None, ZERO
    for day in days:
        if quantity == 0 and day not in trades_of:
            continue
        for row in trades_of.get(day, ()):
            quantity, average_cost = row.position_after, row.avg_cost_after
            realized += row.realized_pnl
        rows[day] = position_row(quantity, average_cost, realized, multiplier, closes, day)
    return rows


# ------------------------------------------------------------------ P&L


def position_pnl(
    positions: Mapping[date, PositionRow], ledger: Sequence[LedgerRow]
) -> dict[date, PnlRow]:
    """P&L of one position on each day it has a row."""
    trades_of = by_value_date(ledger)
    rows: dict[date, PnlRow] = {}
    unrealized_before = ZERO
    for day in sorted(positions):
        unrealized = positions[day].unrealized_pnl
        trades = trades_of.get(day, [])
        rows[day] = PnlRow(
            realized_pnl=sum((row.realized_pnl for row in trades), ZERO),
            unrealized_pnl=unrealized,
            unrealized_pnl_change=unrealized - unrealized_before,
            fees=sum((row.trade.fees for row in trades), ZERO),
        )
        unrealized_before = unrealized
    return rows


def cash_pnl(rows: Sequence[CashRow], days: Sequence[date]) -> dict[date, PnlRow]:
    """P&L of the cash of an account: interest, fees, cash in lieu, FX legs; a row every day."""
    amounts: dict[tuple[date, str], Fraction] = defaultdict(Fraction)
    for row in rows:
        amounts[row.value_date, row.event.type] += row.amount
    return {
        day: PnlRow(
            dividends=amounts.get((day, "CASH_IN_LIEU"), ZERO),
            interest=amounts.get((day, "INTEREST"), ZERO),
            fees=-amounts.get((day, "FEE"), ZERO),
            fx_pnl=amounts.get((day, "FX_IN"), ZERO) + amounts.get((day, "FX_OUT"), ZERO),
        )
        for day in days
    }


# ------------------------------------------------------------------ the books


def _refuse_other_currencies(inputs: Inputs) -> None:
    named = {trade.currency for trade in inputs.trades if trade.currency}
    named |= {event.currency for event in inputs.cash_events if event.currency}
    named |= {instrument.currency for instrument in inputs.instruments.values()}
    named |= {account.base_currency for account in inputs.accounts.values()}
    if named - {BASE_CURRENCY}:
        raise ValueError(f"only {BASE_CURRENCY} so far, not {sorted(named - {BASE_CURRENCY})}")


def portfolio_rows(
    days: Sequence[date],
    positions_value: Mapping[date, Fraction],
    cash_effects: Mapping[date, Fraction],
    flows: Mapping[date, tuple[Fraction, Fraction]],
) -> dict[date, PortfolioRow]:
    """Value of an account at the close of each day, from its first event on."""
    rows: dict[date, PortfolioRow] = {}
    cash = ZERO
    for day in days:
        cash += cash_effects.get(day, ZERO)
        inflow, outflow = flows.get(day, (ZERO, ZERO))
        rows[day] = PortfolioRow(cash, positions_value.get(day, ZERO), inflow, outflow)
    return rows


def _add_account(
    books: Books, account_id: str, trades: Sequence[Trade], events: Sequence[CashEvent]
) -> None:
    """Add every table's rows of one account."""
    calendar = books.calendar(books.inputs.account(account_id).calendar)
    cash = cash_rows(events, calendar)
    books.cash_events.update({row.event.event_id: row for row in cash})
    cash_effects: dict[date, Fraction] = defaultdict(Fraction)
    for row in cash:
        cash_effects[row.value_date] += row.amount

    ledgers: dict[str, list[LedgerRow]] = {}
    for (_, symbol), several in sorted(by_position(trades).items()):
        multiplier = books.inputs.instrument(symbol).multiplier
        ledgers[symbol] = run_ledger(
            several, lambda trade: calendar.roll(trade.executed_at.date()), multiplier
        )
        for each in ledgers[symbol]:
            books.trades[each.trade.trade_id] = each
            cash_effects[each.value_date] += trade_cash_effect(each.trade, multiplier)

    if books.last_day is None:
        return
    days = calendar.between(min(cash_effects), books.last_day)
    positions_value: dict[date, Fraction] = defaultdict(Fraction)
    for symbol, ledger in ledgers.items():
        multiplier = books.inputs.instrument(symbol).multiplier
        positions = position_rows(ledger, days, books.closes.get(symbol), multiplier)
        for day, position in positions.items():
            books.positions[account_id, symbol, day] = position
            positions_value[day] += position.market_value
        for day, pnl in position_pnl(positions, ledger).items():
            books.pnl[account_id, symbol, day] = pnl
    for day, pnl in cash_pnl(cash, days).items():
        books.pnl[account_id, f"CASH:{BASE_CURRENCY}", day] = pnl
    values = portfolio_rows(days, positions_value, cash_effects, gross_flows(cash))
    books.portfolio.update({(account_id, day): row for day, row in values.items()})


def build_books(inputs: Inputs) -> Books:
    """Build every daily table from the current events.

    The last day of every table is the last day on which any symbol has a used price; later events
    are in the trades and cash events, and in no daily table.
    """
    _refuse_other_currencies(inputs)
    all_days = _all_days(inputs)
    closes = close_series(
        inputs.prices,
        lambda symbol: trading_calendar(inputs.instrument(symbol).calendar, all_days),
    )
    last_day = max((series.days[-1] for series in closes.values()), default=None)
    books = Books(inputs, closes, last_day)
    if last_day is not None:
        for symbol, series in closes.items():
            rows = series.daily(last_day)
            books.prices.update({(symbol, day): row for day, row in rows.items()})

    trades_of: dict[str, list[Trade]] = defaultdict(list)
    for trade in inputs.trades:
        trades_of[trade.account_id].append(trade)
    events_of: dict[str, list[CashEvent]] = defaultdict(list)
    for event in inputs.cash_events:
        events_of[event.account_id].append(event)
    for account_id in sorted(trades_of.keys() | events_of.keys()):
        _add_account(books, account_id, trades_of[account_id], events_of[account_id])
    return books
