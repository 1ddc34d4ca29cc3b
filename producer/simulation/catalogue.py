"""Who is who in a simulated world: its instruments and its accounts. No randomness."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

CURRENCY = "USD"
CALENDAR = "NYSE"
ASSET_CLASS = "EQUITY"
LOT_SIZE = 1
INITIAL_CAPITAL = 100_000


class Style(StrEnum):
    """How an account trades. Accounts take the styles in this order, again and again."""

    LONG_ONLY = "long only"
    MOMENTUM = "momentum"
    LONG_SHORT = "long-short"
    MEAN_REVERSION = "mean reversion"


DESK_OF_STYLE = {
    Style.LONG_ONLY: "equities",
    Style.MOMENTUM: "equities",
    Style.LONG_SHORT: "long-short",
    Style.MEAN_REVERSION: "relative-value",
}


@dataclass(frozen=True, slots=True)
class Listing:
    """An instrument and what the price model starts from."""

    symbol: str
    name: str
    sector: str
    start_price: float
    annual_volatility: float
    average_daily_volume: int

    @property
    def event(self) -> dict[str, Any]:
        """What the warehouse is told of it: columns of raw_instruments."""
        return {
            "symbol": self.symbol,
            "name": self.name,
            "asset_class": ASSET_CLASS,
            "sector": self.sector,
            "currency": CURRENCY,
            "calendar": CALENDAR,
            "lot_size": LOT_SIZE,
            "average_daily_volume": self.average_daily_volume,
            "multiplier": 1,
        }


@dataclass(frozen=True, slots=True)
class Client:
    """An account and how it trades."""

    account_id: str
    name: str
    style: Style

    @property
    def event(self) -> dict[str, Any]:
        """What the warehouse is told of it: columns of raw_accounts."""
        return {
            "account_id": self.account_id,
            "name": self.name,
            "desk": DESK_OF_STYLE[self.style],
            "base_currency": CURRENCY,
            "calendar": CALENDAR,
        }


TECHNOLOGY = "Information Technology"
COMMUNICATION = "Communication Services"
DISCRETIONARY = "Consumer Discretionary"
STAPLES = "Consumer Staples"
FINANCIALS = "Financials"
HEALTH = "Health Care"
SECTORS = (
    TECHNOLOGY, COMMUNICATION, DISCRETIONARY, STAPLES, FINANCIALS, HEALTH,
    "Industrials", "Energy", "Materials", "Utilities", "Real Estate",
)  # fmt: skip

DEFAULT_LISTINGS = (
    Listing("AAPL", "Apple Inc.", TECHNOLOGY, 185.0, 0.26, 55_000_000),
    Listing("GOOGL", "Alphabet Inc. Class A", COMMUNICATION, 139.0, 0.29, 28_000_000),
    Listing("MSFT", "Microsoft Corporation", TECHNOLOGY, 372.0, 0.23, 21_000_000),
    Listing("AMZN", "Amazon.com, Inc.", DISCRETIONARY, 150.0, 0.30, 41_000_000),
    Listing("TSLA", "Tesla, Inc.", DISCRETIONARY, 248.0, 0.52, 95_000_000),
    Listing("META", "Meta Platforms, Inc.", COMMUNICATION, 348.0, 0.35, 15_000_000),
    Listing("JPM", "JPMorgan Chase & Co.", FINANCIALS, 171.0, 0.22, 9_000_000),
    Listing("V", "Visa Inc. Class A", FINANCIALS, 259.0, 0.18, 6_500_000),
    Listing("WMT", "Walmart Inc.", STAPLES, 53.0, 0.18, 18_000_000),
    Listing("JNJ", "Johnson & Johnson", HEALTH, 158.0, 0.16, 7_500_000),
)
DEFAULT_SYMBOLS = tuple(listing.symbol for listing in DEFAULT_LISTINGS)
DEFAULT_ACCOUNTS = ("ACC001", "ACC002", "ACC003")


def listings(count: int) -> tuple[Listing, ...]:
    """Return the first `count` instruments: ten well-known ones, then SYM011, SYM012, ..."""
    numbers = range(len(DEFAULT_LISTINGS) + 1, count + 1)
    invented = (_plausible(f"SYM{number:03d}", number) for number in numbers)
    return (*DEFAULT_LISTINGS[:count], *invented)


def listing_of(symbol: str) -> Listing:
    """Return the instrument of a symbol; one nobody knows gets plausible figures."""
    known = {listing.symbol: listing for listing in DEFAULT_LISTINGS}
    return known.get(symbol) or _plausible(symbol, number=sum(symbol.encode()))


def clients(count: int) -> tuple[Client, ...]:
    """Return the first `count` accounts: ACC001, ACC002, ..."""
    styles = tuple(Style)
    return tuple(
        client_of(f"ACC{number:03d}", styles[(number - 1) % len(styles)])
        for number in range(1, count + 1)
    )


def client_of(account_id: str, style: Style | None = None) -> Client:
    """Return the account of an id; without a style it has that of its namesake, or is long only."""
    if style is None:
        known = {client.account_id: client.style for client in clients(len(DEFAULT_ACCOUNTS))}
        style = known.get(account_id, Style.LONG_ONLY)
    return Client(account_id, f"{account_id} ({style})", style)


def _plausible(symbol: str, number: int) -> Listing:
    """Spread instruments over sectors, prices, volatilities and volumes by their number."""
    return Listing(
        symbol=symbol,
        name=f"Company {symbol}",
        sector=SECTORS[number % len(SECTORS)],
        start_price=20.0 + number * 37 % 230,
        annual_volatility=0.18 + number * 7 % 25 / 100,
        average_daily_volume=1_000_000 + number * 13 % 40 * 250_000,
    )
