"""Value at risk, expected shortfall and stress (metrics.md, sections 1, 2 and 5).

VaR and ES are positive losses and may be negative (a gain); nothing is clipped.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tests.reference.books import Amount, Books
from tests.reference.calendar import TradingCalendar
from tests.reference.closes import CloseSeries
from tests.reference.events import Instrument
from tests.reference.explain import CASH
from tests.reference.fx import FxRates, total
from tests.reference.performance import (
    HALF_A_CENT,
    NO_SPREAD,
    ReturnRow,
    daily_returns,
    sample_deviation,
    valid_returns,
)
from tests.reference.scopes import (
    FIRM_CURRENCY,
    Scope,
    ScopeKey,
    in_scope_currency,
    last_known,
)

Floats = NDArray[np.float64]

WINDOW_DAYS = 250
FEWEST_OBSERVATIONS = 30
MOST_PROXIED_PCT = 50
MOST_UNSHOCKED_PCT = 50
STALE_DAYS_LIMIT = 5
"""Trading days for which a carried close still speaks (dbt var stale_days_limit)."""
ALPHA_BASIS_POINTS = {95.0: 500, 97.5: 250, 99.0: 100}
"""Tail probability by confidence_pct, as integers: 1 - 0.95 is not 0.05."""

SIMULATION = "historical_simulation"
REALIZED = "historical_realized"


# ------------------------------------------------------------------ the tail rule


@dataclass(frozen=True, slots=True)
class Tail:
    """VaR and ES of one list of losses, with what they were read from."""

    var: float
    es: float
    tail_count: Fraction
    """c = n * alpha, exact."""
    order_index: int
    """k = ceil(c): VaR is the k-th worst loss."""


def order_index(count: int, alpha_bp: int) -> int:
    """ceil(n * alpha) in integers, alpha in basis points."""
    return (count * alpha_bp + 9999) // 10000


def tail_of(losses: Sequence[float], alpha_bp: int) -> Tail:
    """VaR = L_k; ES = (L_1 + .. + L_m + (c - m) * L_(m+1)) / c, losses worst first, m = floor(c).

    With c < 1 both are the worst loss.
    """
    worst_first = sorted(losses, reverse=True)
    tail_count = Fraction(len(losses) * alpha_bp, 10000)
    whole = len(losses) * alpha_bp // 10000
    tail_sum = math.fsum(worst_first[:whole])
    if tail_count > whole:
        tail_sum += float(tail_count - whole) * worst_first[whole]
    index = order_index(len(losses), alpha_bp)
    return Tail(worst_first[index - 1], tail_sum / float(tail_count), tail_count, index)


# ------------------------------------------------------------------ value at risk


@dataclass(frozen=True, slots=True)
class VarKey:
    """Grain of value_at_risk."""

    scope_type: str
    scope_id: str
    value_date: date
    method: str
    confidence_pct: float
    horizon_days: int = 1


@dataclass(frozen=True, slots=True)
class VarRow:
    """One row of value_at_risk. Amounts in the currency of the scope."""

    status: str
    observation_count: int
    tail_count: Fraction | None = None
    order_index: int | None = None
    var_amount: float | None = None
    es_amount: float | None = None
    var_pct: float | None = None
    es_pct: float | None = None
    proxied_pct: float | None = None
    window_days: int = WINDOW_DAYS


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Losses of one scope on one day, one a scenario, and what decides their status."""

    losses: Sequence[float]
    unit: float
    """Money per unit of loss: 1 for amounts, the scope's value for returns."""
    scale: float
    """Size against which a spread counts as none: gross holdings, or 1 for returns."""
    value: Fraction
    has_positions: bool = True
    proxied_pct: float | None = None


def _blocking_status(outcomes: Outcomes) -> str | None:
    """Why there is no figure at all; None if there is one."""
    count = len(outcomes.losses)
    if not outcomes.has_positions:
        return None
    if count < FEWEST_OBSERVATIONS:
        return "insufficient_history"
    if outcomes.proxied_pct is not None and outcomes.proxied_pct > MOST_PROXIED_PCT:
        return "short_history"
    if sample_deviation(outcomes.losses) <= NO_SPREAD * outcomes.scale:
        return "constant"
    return None


def _status(outcomes: Outcomes, tail_count: Fraction | None) -> str:
    """What is to be said of a figure that there is, the gravest first."""
    if outcomes.value < HALF_A_CENT:
        return "no_capital"
    if not outcomes.has_positions:
        return "no_positions"
    if tail_count is not None and tail_count < 1:
        return "thin_tail"
    if len(outcomes.losses) < WINDOW_DAYS:
        return "short_window"
    return "ok"


def var_row(outcomes: Outcomes, alpha_bp: int) -> VarRow:
    """VaR and ES of one day at one tail probability.

    Precedence of statuses: insufficient_history, short_history, constant (no figure), then
    no_capital (amounts only), no_positions (0), thin_tail, short_window, ok.
    """
    count = len(outcomes.losses)
    blocked = _blocking_status(outcomes)
    if blocked is not None:
        return VarRow(blocked, count, proxied_pct=outcomes.proxied_pct)
    tail = tail_of(outcomes.losses, alpha_bp) if outcomes.has_positions else None
    var_amount = tail.var * outcomes.unit if tail else 0.0
    es_amount = tail.es * outcomes.unit if tail else 0.0
    has_capital = outcomes.value >= HALF_A_CENT
    value = float(outcomes.value)
    return VarRow(
        status=_status(outcomes, tail.tail_count if tail else None),
        observation_count=count,
        tail_count=tail.tail_count if tail else None,
        order_index=tail.order_index if tail else None,
        var_amount=var_amount,
        es_amount=es_amount,
        var_pct=100 * var_amount / value if has_capital else None,
        es_pct=100 * es_amount / value if has_capital else None,
        proxied_pct=outcomes.proxied_pct,
    )


def realized_outcomes(scope: Scope, rows: Mapping[date, ReturnRow]) -> dict[date, Outcomes]:
    """The last 250 valid returns of a scope, as losses, on each day that has one."""
    returns = valid_returns(rows)
    losses = [-value for value in returns.values()]
    result: dict[date, Outcomes] = {}
    for count, day in enumerate(returns, start=1):
        value = scope.values[day].total_value
        if value is None:
            raise ValueError(f"a return on {day} without a value")
        window = losses[max(0, count - WINDOW_DAYS) : count]
        result[day] = Outcomes(window, unit=float(value), scale=1.0, value=value)
    return result


# ------------------------------------------------------------------ scenarios


@dataclass(frozen=True, slots=True)
class Scenarios:
    """Returns of every symbol on every scenario date in one currency, gaps filled.

    returns and is_proxied have the shape (dates, symbols). The symbols `CASH:<ccy>` are the cash
    of the other currencies.
    """

    days: Sequence[date]
    symbols: Sequence[str]
    returns: Floats
    is_proxied: NDArray[np.bool_]


def group_means(own: Floats, group_of: Sequence[str | None]) -> Floats:
    """Mean of the known returns of each symbol's group on each day; nan where none is known.

    Args:
        own: Known returns, nan where missing; shape (dates, symbols).
        group_of: Group of each symbol, None for a symbol without one.
    """
    means = np.full(own.shape, np.nan)
    for group in {name for name in group_of if name is not None}:
        members = [place for place, name in enumerate(group_of) if name == group]
        known = ~np.isnan(own[:, members])
        count = known.sum(axis=1)
        total = np.where(known, own[:, members], 0.0).sum(axis=1)
        mean_of_day = np.where(count > 0, total / np.maximum(count, 1), np.nan)
        means[:, members] = mean_of_day[:, np.newaxis]
    return means


def rate_move(rates: FxRates, source: str, target: str, first: date, last: date) -> float | None:
    """Change of a rate from one day to another as a ratio; None without both rates."""
    before, after = rates.on(source, target, first), rates.on(source, target, last)
    return None if before is None or after is None else float(after.rate / before.rate - 1)


def own_return(series: CloseSeries, before: date, day: date) -> float:
    """What a symbol did between two days of a book's calendar, as a ratio; nan where unknown.

    A day on which the symbol is closed is a return of 0, one on which it is open and has no own
    close has none. Nor is there one over a close that was carried for more than STALE_DAYS_LIMIT of
    the symbol's days: the move of a hole in the feed is not that of a day.
    """
    start, end = series.on(before), series.on(day)
    if start is None or end is None or start.stale_days > STALE_DAYS_LIMIT:
        return math.nan
    if end.stale_days > 0 and series.calendar.is_open(day):
        return math.nan
    move = series.total_return(before, day)
    return math.nan if move is None else move


def local_scenarios(books: Books, calendar: TradingCalendar) -> Scenarios:
    """Scenario returns in each symbol's own currency.

    On the open days of a calendar, from the first day with any return on. A missing return is the
    mean of the sector on that day, else of the asset class, else 0, and counts as proxied.
    """
    traded = {symbol for _, symbol, _ in books.positions}
    symbols = sorted(books.closes.keys() | traded)
    starts = [series.days[0] for series in books.closes.values()]
    days: tuple[date, ...] = ()
    if starts and books.last_day is not None:
        days = calendar.between(min(starts), books.last_day)
    own = np.full((len(days), len(symbols)), np.nan)
    for column, symbol in enumerate(symbols):
        if symbol in books.closes:
            for row, (before, day) in enumerate(pairwise(days), start=1):
                own[row, column] = own_return(books.closes[symbol], before, day)
    with_any = np.flatnonzero(~np.isnan(own).all(axis=1))
    first = int(with_any[0]) if len(with_any) else len(days)
    days, own = days[first:], own[first:]

    instruments = [books.inputs.instrument(symbol) for symbol in symbols]
    filled = own
    for groups in (
        [each.sector for each in instruments],
        [each.asset_class for each in instruments],
    ):
        filled = np.where(np.isnan(filled), group_means(own, groups), filled)
    return Scenarios(days, symbols, np.nan_to_num(filled, nan=0.0), np.isnan(own))


def build_scenarios(books: Books, calendar_name: str, currency: str = FIRM_CURRENCY) -> Scenarios:
    """Scenario returns in one currency: (1 + r) * (1 + r_fx) - 1.

    r is the return in the symbol's currency, proxies included; r_fx is the change of the rate from
    the open day before, 0 where a rate is missing. Cash of another currency returns r_fx.
    """
    calendar = books.calendar(calendar_name) if books.last_day else TradingCalendar("", ())
    local = local_scenarios(books, calendar)
    foreign = sorted({held for _, held, _ in books.cash_balances} - {currency})
    currency_of = [books.inputs.instrument(symbol).currency for symbol in local.symbols]
    moves = {
        source: np.array(
            [
                rate_move(books.rates, source, currency, calendar.before(day), day) or 0.0
                for day in local.days
            ]
        )
        for source in {*foreign, *currency_of}
    }
    symbols = [*local.symbols, *(CASH + held for held in foreign)]
    shape = (len(local.days), len(symbols))
    returns, is_proxied = np.zeros(shape), np.zeros(shape, dtype=bool)
    width = len(local.symbols)
    returns[:, :width], is_proxied[:, :width] = local.returns, local.is_proxied
    for column, source in enumerate([*currency_of, *foreign]):
        returns[:, column] = (1 + returns[:, column]) * (1 + moves[source]) - 1
    return Scenarios(local.days, symbols, returns, is_proxied)


def scope_holdings(books: Books, scope: Scope) -> dict[date, dict[tuple[str, str], Amount]]:
    """Market value of every holding of a scope by day and (account_id, symbol).

    In the scope's currency; cash of another currency is a holding `CASH:<ccy>`. On a day an
    account's calendar is closed its last holdings stand.
    """
    rows: dict[str, dict[date, dict[tuple[str, str], Amount]]] = {}
    for account_id in scope.account_ids:
        rows[account_id] = {day: {} for day in books.days_of(account_id)}
    for (account_id, symbol, day), position in books.positions.items():
        if account_id in rows and position.cumulative_position != 0:
            rows[account_id][day][account_id, symbol] = position.market_value
    for (account_id, held, day), balance in books.cash_balances.items():
        if account_id in rows and held != scope.currency and balance.cash_balance != 0:
            rows[account_id][day][account_id, CASH + held] = balance.cash_value
    result: dict[date, dict[tuple[str, str], Amount]] = {}
    for day in sorted(scope.values):
        result[day] = {
            key: in_scope_currency(books, key[0], amount, scope.currency, day)
            for by_day in rows.values()
            for key, amount in (last_known(by_day, day) or {}).items()
        }
    return result


def by_symbol(holdings: Mapping[tuple[str, str], Amount]) -> dict[str, float | None]:
    """Net market value by symbol over the accounts of a scope; None where a rate is missing."""
    amounts: dict[str, list[Amount]] = defaultdict(list)
    for (_, symbol), value in holdings.items():
        amounts[symbol].append(value)
    totals = {symbol: total(several) for symbol, several in amounts.items()}
    return {symbol: None if sum_ is None else float(sum_) for symbol, sum_ in totals.items()}


def simulated_outcomes(
    holdings: Mapping[tuple[str, str], Amount],
    value: Fraction,
    day: date,
    scenarios: Scenarios,
) -> Outcomes:
    """Today's holdings through the last 250 scenario dates s <= t: loss_s = -sum MV_i * r_i,s.

    proxied_pct is the share of gross holdings times scenarios that had no return of its own.
    """
    stop = bisect_right(scenarios.days, day)
    window = slice(max(0, stop - WINDOW_DAYS), stop)
    net, gross = np.zeros(len(scenarios.symbols)), np.zeros(len(scenarios.symbols))
    place = {symbol: column for column, symbol in enumerate(scenarios.symbols)}
    for (_, symbol), market_value in holdings.items():
        if market_value is None:
            raise ValueError(f"{symbol} has no value on {day}")
        net[place[symbol]] += float(market_value)
        gross[place[symbol]] += abs(float(market_value))
    losses = -(scenarios.returns[window] @ net)
    total = float(gross.sum())
    proxied = None
    if len(losses) and total > 0:
        proxied = 100 * float((scenarios.is_proxied[window] @ gross).mean()) / total
    return Outcomes(
        losses=losses.tolist(),
        unit=1.0,
        scale=total,
        value=value,
        has_positions=bool(holdings),
        proxied_pct=proxied,
    )


def value_at_risk(books: Books, scopes: Mapping[ScopeKey, Scope]) -> dict[VarKey, VarRow]:
    """Both historical methods for every scope and each of its days with a return."""
    result: dict[VarKey, VarRow] = {}
    scenarios_of = {
        (calendar, currency): build_scenarios(books, calendar, currency)
        for calendar, currency in {(scope.calendar, scope.currency) for scope in scopes.values()}
    }
    for (scope_type, scope_id), scope in scopes.items():
        rows = daily_returns(scope.values)
        holdings = scope_holdings(books, scope)
        for day, realized in realized_outcomes(scope, rows).items():
            simulated = simulated_outcomes(
                holdings[day],
                realized.value,
                day,
                scenarios_of[scope.calendar, scope.currency],
            )
            for confidence, alpha_bp in ALPHA_BASIS_POINTS.items():
                for method, outcomes in ((SIMULATION, simulated), (REALIZED, realized)):
                    key = VarKey(scope_type, scope_id, day, method, confidence)
                    result[key] = var_row(outcomes, alpha_bp)
    return result


# ------------------------------------------------------------------ stress


@dataclass(frozen=True, slots=True)
class Shock:
    """A move of one symbol, of a sector or of an asset class; -0.3 is a fall of 30 %."""

    target_type: str
    """symbol, sector or asset_class."""
    target: str
    shock: float


@dataclass(frozen=True, slots=True)
class StressRow:
    """One row of stress_test_outcomes."""

    pnl_amount: float | None
    """None where the value of a holding is."""
    pnl_pct: float | None
    is_fallback: bool
    unshocked_pct: float | None
    """Share of the gross value, cash left out, that no shock reaches."""
    status: str


def shock_of(instrument: Instrument, shocks: Sequence[Shock]) -> float | None:
    """The shock of the symbol, else of its sector, else of its asset class; None without one."""
    table = {(shock.target_type, shock.target): shock.shock for shock in shocks}
    for target in (
        ("symbol", instrument.symbol),
        ("sector", instrument.sector or ""),
        ("asset_class", instrument.asset_class or ""),
    ):
        if target in table:
            return table[target]
    return 0.0 if instrument.symbol.startswith(CASH) else None


Holdings = Mapping[str, float | None]
"""Market value of each symbol in the currency of the scope, None where a rate is missing."""


def stress_row(
    holdings: Holdings,
    value: Amount,
    moves: Mapping[str, float | None],
    *,
    is_fallback: bool = False,
) -> StressRow:
    """P&L = sum MV_i * move_i, and in percent of the value (None without capital).

    What has no move is unshocked. Status, in this order: missing_fx, no_capital, not_covered where
    more than half of the gross value is unshocked, ok.
    """
    parts, gross, unshocked = [], [0.0], [0.0]
    for symbol, held in holdings.items():
        if held is None:
            return StressRow(None, None, is_fallback, None, "missing_fx")
        move = moves[symbol]
        parts.append(held * (move or 0.0))
        if not symbol.startswith(CASH):
            gross.append(abs(held))
        if move is None:
            unshocked.append(abs(held))
    pnl = math.fsum(parts)
    share = 100 * math.fsum(unshocked) / math.fsum(gross) if any(gross) else 0.0
    if value is not None and value >= HALF_A_CENT:
        status = "not_covered" if share > MOST_UNSHOCKED_PCT else "ok"
        return StressRow(pnl, 100 * pnl / float(value), is_fallback, share, status)
    status = "missing_fx" if value is None else "no_capital"
    return StressRow(pnl, None, is_fallback, share, status)


def hypothetical_stress(
    holdings: Holdings,
    value: Amount,
    instruments: Mapping[str, Instrument],
    shocks: Sequence[Shock],
) -> StressRow:
    """Apply a table of shocks to the holdings of a day: prices move, rates do not."""
    moves = {
        symbol: shock_of(instruments.get(symbol) or Instrument(symbol), shocks)
        for symbol in holdings
    }
    return stress_row(holdings, value, moves)


@dataclass(frozen=True, slots=True)
class Window:
    """A past window that is replayed, and what is known of it."""

    first: date
    last: date
    closes: Mapping[str, CloseSeries]
    rates: FxRates


def replay_stress(
    holdings: Holdings,
    value: Amount,
    value_date: date,
    window: Window,
    instruments: Mapping[str, Instrument],
    fallback: Sequence[Shock],
    currency: str = FIRM_CURRENCY,
) -> StressRow:
    """Put the holdings of value_date through a past window: (1 + r) * (1 + r_fx) - 1.

    r_fx is 0 where one of the two rates is missing; cash of another currency moves by it alone. A
    symbol without a close on or before the start takes the fallback shock, and so does cash without
    rates, and everything while the window is not over on value_date: a row knows nothing of later
    prices.
    """
    is_over = window.last <= value_date
    moves: dict[str, float | None] = {}
    is_fallback = False
    for symbol, held in holdings.items():
        is_cash = symbol.startswith(CASH)
        instrument = instruments.get(symbol) or Instrument(symbol)
        source = symbol.removeprefix(CASH) if is_cash else instrument.currency
        rate = rate_move(window.rates, source, currency, window.first, window.last)
        closes = window.closes.get(symbol)
        move = closes.total_return(window.first, window.last) if closes and is_over else None
        if is_cash:
            move = 0.0 if is_over and rate is not None else None
        if move is None:
            is_fallback |= held is not None
            moves[symbol] = shock_of(instrument, fallback)
        else:
            moves[symbol] = (1 + move) * (1 + (rate or 0.0)) - 1
    return stress_row(holdings, value, moves, is_fallback=is_fallback)
