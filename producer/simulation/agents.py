"""Accounts that trade on the simulated prices, each in its own style.

An agent decides on day t from closes up to day t - 1 only, and trades within the range of day t.
Every order moves the position in one symbol to a target: the style's signal plus the agent's own
view, within the limits of the style. Because an order's target does not depend on the position
before it, the position before it is simply the target of the order before: no loop over trades.
"""

from dataclasses import dataclass

import numpy as np

from producer.simulation.config import TRADING_DAYS_A_YEAR, Agent, Style, WorldConfig
from producer.simulation.market import TICKS_PER_UNIT, Floats, Ints, Market
from producer.simulation.randomness import Purpose, stream

SESSION_START_MS = (14 * 60 + 30) * 60_000
SESSION_END_MS = 18 * 60 * 60_000
"""14:30 to 18:00 UTC: NYSE is open then on every trading day, in winter and summer time and when
it closes early."""

SMALLEST_FEE_CENTS = 100


@dataclass(frozen=True, slots=True)
class Fills:
    """Trades of one account in order of execution: columns of equal length.

    `day` and `symbol` are positions in the market's arrays, `ordinal` counts the trades of a day
    from 1, `quantity` is signed (sold units negative), `price` is in ticks, `fees` in cents.
    """

    day: Ints
    millisecond: Ints
    ordinal: Ints
    symbol: Ints
    quantity: Ints
    price: Ints
    fees: Ints

    def __len__(self) -> int:
        """Return the number of trades."""
        return len(self.day)


def signals_of(market: Market) -> dict[Style, Floats]:
    """Return for each style what it wants to hold, as of the start of each day.

    Args:
        market: The prices; row t of the result uses closes of rows before t only.

    Returns:
        Arrays of shape (days, symbols), about -1 (short) to 1 (long).
    """
    quarter = _trend(market, lookback=60)
    return {
        Style.LONG_ONLY: np.full(market.close.shape, 0.6),
        Style.MOMENTUM: np.tanh(_trend(market, lookback=20)),
        # Market neutral: long what did better than the average symbol, short the rest.
        Style.LONG_SHORT: np.tanh(quarter - quarter.mean(axis=1, keepdims=True)),
        Style.MEAN_REVERSION: -np.tanh(_trend(market, lookback=5)),
    }


def trade(config: WorldConfig, account: int, agent: Agent, market: Market, signal: Floats) -> Fills:
    """Let one account trade through all days.

    Args:
        config: The settings of the world.
        account: Which account, counted from 0.
        agent: Who trades for it, within which limits.
        market: The prices.
        signal: The agent's style's row of `signals_of(market)`.

    Returns:
        The trades. A later last day adds trades and leaves the earlier ones as they are.
    """
    seed = config.seed
    symbols = _symbols_of(config, account, len(market.listings))

    # Each column has its own stream or a fixed place in a row: more days only add rows.
    counts = stream(seed, Purpose.ORDER_COUNT, account).poisson(
        config.trades_per_day, len(market.days)
    )
    day = np.repeat(np.arange(len(market.days)), counts)
    moment, choice, luck = stream(seed, Purpose.ORDER, account).random((len(day), 3)).T
    view = config.trading.view_volatility * stream(seed, Purpose.VIEW, account).standard_normal(
        len(day)
    )

    moment = moment[np.lexsort((moment, day))]
    symbol = symbols[(choice * len(symbols)).astype(np.int64)]
    wanted = np.clip(signal[day, symbol] + view, agent.lowest, agent.highest)
    largest = config.initial_capital * agent.gross_exposure / len(symbols)
    known_price = market.previous_close[day, symbol] / TICKS_PER_UNIT
    target = np.rint(wanted * largest / known_price).astype(np.int64)
    quantity = target - _position_before(symbol, target)

    sent = quantity != 0
    day, moment, symbol, luck, quantity = (
        column[sent] for column in (day, moment, symbol, luck, quantity)
    )
    return Fills(
        day=day,
        millisecond=_milliseconds(moment),
        ordinal=_ordinals(day),
        symbol=symbol,
        quantity=quantity,
        price=_prices(market, day, symbol, moment, luck),
        fees=fee_cents(quantity),
    )


def _trend(market: Market, lookback: int) -> Floats:
    """Return over the last `lookback` known closes in standard deviations of that return."""
    known: Floats = np.log(market.previous_close)
    daily = np.diff(known, axis=0, prepend=known[:1])
    year_ago = _lagged(np.cumsum(daily**2, axis=0), TRADING_DAYS_A_YEAR)
    days_known = np.clip(np.arange(len(known)), 1, TRADING_DAYS_A_YEAR)[:, np.newaxis]
    variance = (np.cumsum(daily**2, axis=0) - year_ago) / days_known
    # In the first days little is known: no calmer than 1 % a day is assumed.
    volatility = np.sqrt(np.maximum(variance, 0.01**2))
    trend: Floats = (known - _lagged(known, lookback)) / (volatility * np.sqrt(lookback))
    return trend


def _lagged(values: Floats, lag: int) -> Floats:
    """Rows of `lag` days before; before there were any, the first row."""
    return values[np.maximum(np.arange(len(values)) - lag, 0)]


def _symbols_of(config: WorldConfig, account: int, available: int) -> Ints:
    """Positions of the symbols an account trades: all, or its own choice of the largest breadth."""
    breadth = config.trading.largest_breadth
    if available <= breadth:
        return np.arange(available)
    chosen = stream(config.seed, Purpose.BREADTH, account).choice(available, breadth, replace=False)
    return np.sort(chosen)


def _position_before(symbol: Ints, target: Ints) -> Ints:
    """Return the target of the previous order in the same symbol, 0 where there is none."""
    order = np.argsort(symbol, kind="stable")
    before = np.zeros_like(target)
    same_symbol = symbol[order][1:] == symbol[order][:-1]
    before[order[1:]] = np.where(same_symbol, target[order][:-1], 0)
    return before


def _milliseconds(moment: Floats) -> Ints:
    """Millisecond of the UTC day for a moment of the session (0 its start, 1 its end)."""
    length = SESSION_END_MS - SESSION_START_MS
    return SESSION_START_MS + (moment * length).astype(np.int64)


def _ordinals(day: Ints) -> Ints:
    """Count the rows of each day from 1; days are in rising order."""
    return np.arange(len(day)) - np.searchsorted(day, day) + 1


def _prices(market: Market, day: Ints, symbol: Ints, moment: Floats, luck: Floats) -> Ints:
    """Price on the way from open to close, with a deviation of up to a quarter of the range."""
    opening, close = market.open[day, symbol], market.close[day, symbol]
    low, high = market.low[day, symbol], market.high[day, symbol]
    on_the_way = opening + (close - opening) * moment + (high - low) * (luck - 0.5) / 2
    price: Floats = np.clip(on_the_way, low, high)
    return np.rint(price).astype(np.int64)


def fee_cents(quantity: Ints) -> Ints:
    """Return fees: half a cent a unit, rounded up to a cent, and SMALLEST_FEE_CENTS at least."""
    cents: Ints = (np.abs(quantity) + 1) // 2
    return np.maximum(cents, SMALLEST_FEE_CENTS)
