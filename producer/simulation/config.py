"""What decides a simulated world: the settings of `world.yml`, their types and their limits."""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

from faker.config import AVAILABLE_LOCALES

from producer.records.instrument import CALENDARS
from producer.simulation.settings import (
    SettingError,
    Settings,
    WorldConfigError,
    read_settings,
    setting,
)

DEFAULT_WORLD = Path(__file__).with_name("world.yml")

EARLIEST = date(1900, 1, 1)
LATEST_AFTER_CLOCK = timedelta(days=2)
CLOSE_KNOWN_AT = timedelta(hours=21)
"""21:00 UTC: NYSE has closed by then, in winter and in summer time."""
TRADING_DAYS_A_YEAR = 252

MODEL_VERSION = 2
"""To be raised when equal settings begin to give other rows than before."""


class Style(StrEnum):
    """How an account trades."""

    LONG_ONLY = "long only"
    MOMENTUM = "momentum"
    LONG_SHORT = "long-short"
    MEAN_REVERSION = "mean reversion"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Settings):
    """An instrument and what the price model starts from."""

    symbol: str = setting("AAPL")
    name: str = setting("Apple Inc.")
    sector: str = setting("Information Technology")
    start_price: float = setting("185.0", least=0.01, most=1_000_000)
    annual_volatility: float = setting("0.26", above=0, most=5)
    average_daily_volume: int = setting("55_000_000", least=1, most=1_000_000_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceModel(Settings):
    """Parameters of the price model. Shares are of the variance of z; the rest is own noise."""

    annual_drift: float = setting("0.07", least=-5, most=5)
    market_share: float = setting("0.25", least=0, most=1)
    sector_share: float = setting("0.25", least=0, most=1)
    arch: float = setting("0.09", least=0, most=1)
    garch: float = setting("0.88", least=0, most=1)
    jumps_per_year: float = setting("2.0", least=0, most=TRADING_DAYS_A_YEAR)
    jump_volatility: float = setting("0.06", least=0, most=1)
    overnight_share: float = setting("0.35", least=0, most=1)

    def check(self) -> None:
        """Refuse shares of more than the whole, and a variance that does not come back."""
        if self.market_share + self.sector_share > 1:
            raise SettingError(
                f"and sector_share must be 1 or less together, got {self.market_share} and"
                f" {self.sector_share}",
                "market_share",
                "sector_share",
            )
        if self.arch + self.garch >= 1:
            raise SettingError(
                f"and garch must be below 1 together, got {self.arch} and {self.garch}",
                "arch",
                "garch",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trading(Settings):
    """What all agents have in common."""

    largest_breadth: int = setting("40", least=1)
    view_volatility: float = setting("0.35", least=0, most=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent(Settings):
    """A style and its limits: signals stay within these, 1 being the largest position."""

    style: Style = setting("long only")
    desk: str = setting("equities")
    lowest: float = setting("-1.0", least=-1, most=1)
    highest: float = setting("1.0", least=-1, most=1)
    gross_exposure: float = setting("0.9", above=0, most=4)

    def check(self) -> None:
        """Refuse limits in the wrong order."""
        _in_order(self, "lowest", "highest")


@dataclass(frozen=True, slots=True, kw_only=True)
class CashModel(Settings):
    """How often cash moves and how much at a time, in whole units of the currency."""

    deposits_per_year: float = setting("3.0", least=0, most=TRADING_DAYS_A_YEAR / 2)
    withdrawals_per_year: float = setting("2.0", least=0, most=TRADING_DAYS_A_YEAR / 2)
    smallest_flow: int = setting("1_000", least=0, most=100_000_000)
    largest_flow: int = setting("10_000", least=0, most=100_000_000)
    smallest_interest: int = setting("20", least=0, most=100_000_000)
    largest_interest: int = setting("120", least=0, most=100_000_000)
    custody_fee: int = setting("30", least=0, most=100_000_000)

    def check(self) -> None:
        """Refuse limits in the wrong order."""
        _in_order(self, "smallest_flow", "largest_flow")
        _in_order(self, "smallest_interest", "largest_interest")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldConfig(Settings):
    """What decides a world. Equal configurations give equal worlds, to the byte.

    `world.yml` says what each setting means; `read_world` makes a configuration of it.
    """

    start: date = setting("2024-01-02")
    end: date = setting("2025-12-31")
    accounts: int = setting("3", least=1)
    symbols: int = setting("10", least=1)
    trades_per_day: float = setting("5.0", least=0, most=100_000)
    seed: int = setting("42", least=0)
    currency: str = setting("USD")
    calendar: str = setting("NYSE", choices=CALENDARS)
    initial_capital: int = setting("100_000", least=1, most=100_000_000)
    locale: str = setting("en_US", choices=tuple(sorted(AVAILABLE_LOCALES)))
    prices: PriceModel = setting("{jumps_per_year: 2.0}")
    sectors: tuple[str, ...] = setting("[Energy, Financials]")
    instruments: tuple[Listing, ...] = setting(
        "[{symbol: AAPL, name: Apple Inc., sector: Information Technology, start_price: 185.0,"
        " annual_volatility: 0.26, average_daily_volume: 55_000_000}]"
    )
    trading: Trading = setting("{largest_breadth: 40}")
    agents: tuple[Agent, ...] = setting(
        "[{style: long only, desk: equities, lowest: 0.0, highest: 1.0, gross_exposure: 0.9}]"
    )
    cash: CashModel = setting("{custody_fee: 30}")

    def check(self) -> None:
        """Refuse days in the wrong order, symbols there twice, and sectors that are not listed."""
        if self.start < EARLIEST:
            raise SettingError(f"must not lie before {EARLIEST}, got {self.start}", "start")
        _in_order(self, "start", "end")
        if not re.fullmatch("[A-Z]{3,5}", self.currency):
            raise SettingError(f"must be a currency code, got {self.currency!r}", "currency")
        for symbol, count in Counter(each.symbol for each in self.instruments).items():
            if count > 1:
                raise SettingError(f"must hold a symbol once, got {symbol} twice", "instruments")
            if re.fullmatch(r"SYM\d+", symbol):
                raise SettingError(
                    f"must leave SYM and a number to invented ones, got {symbol}", "instruments"
                )
        for each in self.instruments:
            if each.sector not in self.sectors:
                raise SettingError(
                    f"must be of one of the sectors, got {each.sector!r} of {each.symbol}",
                    "instruments",
                    "sectors",
                )

    def check_end(self, now: datetime) -> None:
        """Refuse a world that lies in the future: raw tables take nothing later than 2 days on.

        Args:
            now: The time (UTC).

        Raises:
            WorldConfigError: The prices of `end` are known later than `now` + 2 days.
        """
        latest = (now + LATEST_AFTER_CLOCK - CLOSE_KNOWN_AT).date()
        if self.end > latest:
            raise WorldConfigError(
                f"end must not lie after {latest}, the last day that closes within 2 days from"
                f" now, got {self.end}"
            )

    @property
    def world_id(self) -> str:
        """Name of the world: the same for the same settings, whenever it is loaded."""
        # 5 and 5.0 trades a day are the same setting.
        settings = repr(replace(self, trades_per_day=float(self.trades_per_day)))
        digest = hashlib.sha256(f"{MODEL_VERSION} {settings}".encode()).hexdigest()
        return f"simulation-{digest[:16]}"


def read_world(path: Path | None = None, **arguments: Any) -> WorldConfig:
    """Read the settings of a world.

    Args:
        path: A YAML file. What it leaves out is as in `world.yml`; None: all of it.
        arguments: Settings that have precedence over the file's, such as `accounts=5`.

    Raises:
        WorldConfigError: The file or an argument is wrong; the message names it.
    """
    if path is None:
        return read_settings(DEFAULT_WORLD, WorldConfig, None, arguments)
    return read_settings(path, WorldConfig, read_world(), arguments)


def _in_order(settings: Settings, lower: str, upper: str) -> None:
    low, high = getattr(settings, lower), getattr(settings, upper)
    if low > high:
        raise SettingError(f"must not lie after {upper}, got {low} and {high}", lower, upper)
