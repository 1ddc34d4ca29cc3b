"""Prices of a simulated world: factors, volatility clustering, jumps.

The log return of symbol i on day t is

    r = drift - h / 2 + sqrt(h) * z + jump

* z is standard normal: a market factor, a factor of the sector and own noise, mixed by the square
  roots of their shares of the variance (a one-level block of the Barra type of factor model);
* h is the variance of the day and follows a GARCH(1,1) recursion (Bollerslev, 1986), so that calm
  and stormy days come in runs;
* jumps arrive as a Poisson process with normal sizes (Merton, 1976) and do not feed h.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from producer.simulation.config import TRADING_DAYS_A_YEAR, Listing, PriceModel
from producer.simulation.randomness import Purpose, stream

PRICE_SCALE = 4
TICKS_PER_UNIT = 10**PRICE_SCALE
"""Prices are whole numbers of 0.0001: exact, and the same on every machine."""
LOWEST_TICKS, HIGHEST_TICKS = 100, 10**12
"""0.01 to 100 million: a price stays positive and fits DECIMAL(28,10) and a 64-bit integer."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Market:
    """Daily prices in ticks (0.0001) and volumes in units; arrays of shape (days, symbols)."""

    listings: tuple[Listing, ...]
    days: Days
    open: Ints
    high: Ints
    low: Ints
    close: Ints
    volume: Ints

    @cached_property
    def previous_close(self) -> Ints:
        """The last close known when a day begins; the start price on the first day."""
        return np.vstack([_start_ticks(self.listings), self.close[:-1]])


def simulate_market(
    seed: int, listings: Sequence[Listing], days: Days, model: PriceModel
) -> Market:
    """Simulate daily open, high, low, close and volume.

    All draws run day by day, so a longer range of days only adds days at the end.

    Args:
        seed: Seed of the world.
        listings: The instruments, n of them.
        days: Trading days in rising order, m of them (datetime64[D]).
        model: Parameters.

    Returns:
        A market with arrays of shape (m, n).
    """
    shape = (len(days), len(listings))
    shocks = _correlated_shocks(seed, listings, shape, model)
    volatility = _clustered_volatility(shocks, listings, model)
    returns = (
        model.annual_drift / TRADING_DAYS_A_YEAR
        - volatility**2 / 2
        + volatility * shocks
        + _jumps(seed, shape, model)
    )
    # A running sum is taken strictly in order, so it too has a stable prefix.
    growth: Floats = np.exp(np.cumsum(returns, axis=0))
    path = growth * _start_ticks(listings)
    close = _to_ticks(path)
    previous = np.vstack([_start_ticks(listings), path[:-1]])

    shape_stream = stream(seed, Purpose.DAY_SHAPE)
    gap_noise, up, down, busy = np.moveaxis(shape_stream.standard_normal((*shape, 4)), -1, 0)
    gap = model.overnight_share * returns + 0.3 * volatility * gap_noise
    opening = _to_ticks(previous * np.exp(gap))
    reach = 0.5 * volatility
    return Market(
        listings=tuple(listings),
        days=days,
        open=opening,
        high=_to_ticks(np.maximum(opening, close) * np.exp(reach * np.abs(up))),
        low=_to_ticks(np.minimum(opening, close) * np.exp(-reach * np.abs(down))),
        close=close,
        volume=_volumes(listings, shocks, busy),
    )


def _correlated_shocks(
    seed: int, listings: Sequence[Listing], shape: tuple[int, int], model: PriceModel
) -> Floats:
    """Standard normal shocks whose correlation is higher within a sector than across."""
    sectors = sorted({listing.sector for listing in listings})
    sector_of = [sectors.index(listing.sector) for listing in listings]
    market = stream(seed, Purpose.MARKET).standard_normal((shape[0], 1))
    sector = stream(seed, Purpose.SECTOR).standard_normal((shape[0], len(sectors)))
    own = stream(seed, Purpose.OWN_NOISE).standard_normal(shape)
    own_share = 1 - model.market_share - model.sector_share
    shocks: Floats = (
        np.sqrt(model.market_share) * market
        + np.sqrt(model.sector_share) * sector[:, sector_of]
        + np.sqrt(own_share) * own
    )
    return shocks


def _clustered_volatility(shocks: Floats, listings: Sequence[Listing], model: PriceModel) -> Floats:
    """Daily volatility by GARCH(1,1), started from and returning to each symbol's own level."""
    long_run = (
        np.array([listing.annual_volatility for listing in listings]) ** 2 / TRADING_DAYS_A_YEAR
    )
    variance = np.empty_like(shocks)
    today = long_run
    for day, shock in enumerate(shocks):
        variance[day] = today
        surprise = today * shock**2
        today = (
            (1 - model.arch - model.garch) * long_run + model.arch * surprise + model.garch * today
        )
    return np.sqrt(variance)


def _jumps(seed: int, shape: tuple[int, int], model: PriceModel) -> Floats:
    """Log size of the jump of each day and symbol, mostly 0, with mean 0."""
    arrived = stream(seed, Purpose.JUMP).random(shape) < model.jumps_per_year / TRADING_DAYS_A_YEAR
    size = model.jump_volatility * stream(seed, Purpose.JUMP_SIZE).standard_normal(shape)
    return np.where(arrived, size, 0.0)


def _volumes(listings: Sequence[Listing], shocks: Floats, noise: Floats) -> Ints:
    """Units traded: log-normal about the average, more on days of large moves."""
    average = np.array([listing.average_daily_volume for listing in listings])
    level: Floats = np.exp(0.25 * noise + 0.2 * (np.abs(shocks) - 1))
    return np.rint(average * level).astype(np.int64)


def _start_ticks(listings: Sequence[Listing]) -> Ints:
    return _to_ticks(np.array([TICKS_PER_UNIT * listing.start_price for listing in listings]))


def _to_ticks(price: Floats) -> Ints:
    return np.clip(np.rint(price), LOWEST_TICKS, HIGHEST_TICKS).astype(np.int64)
