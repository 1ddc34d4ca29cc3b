"""Who is who in a simulated world: its instruments and its accounts."""

from dataclasses import dataclass
from typing import Any

from faker import Faker

from producer.simulation.config import Agent, Listing, WorldConfig

ASSET_CLASS = "EQUITY"
LOT_SIZE = 1


@dataclass(frozen=True, slots=True)
class Client:
    """An account, who answers for it and how it trades."""

    account_id: str
    name: str
    owner: str
    agent: Agent


class Catalogue:
    """The instruments and accounts of a world.

    Names come from Faker. Each has a seed of its own, made of the world's seed and the id, so that
    another account renames nobody, and no price or trade depends on a name.
    """

    def __init__(self, config: WorldConfig) -> None:
        """Take the settings of the world."""
        self._config = config
        self._faker = Faker(config.locale)

    def listings(self) -> tuple[Listing, ...]:
        """Return the world's instruments: the listed ones, then SYM011, SYM012, ..."""
        listed, count = self._config.instruments, self._config.symbols
        invented = (
            self._invented(f"SYM{number:03d}", number)
            for number in range(len(listed) + 1, count + 1)
        )
        return (*listed[:count], *invented)

    def listing_of(self, symbol: str) -> Listing:
        """Return the instrument of a symbol; one nobody knows gets plausible figures."""
        known = {listing.symbol: listing for listing in self._config.instruments}
        return known.get(symbol) or self._invented(symbol, number=sum(symbol.encode()))

    def clients(self) -> tuple[Client, ...]:
        """Return the world's accounts: ACC001, ACC002, ..."""
        agents = self._config.agents
        return tuple(
            self._client(f"ACC{number + 1:03d}", agents[number % len(agents)])
            for number in range(self._config.accounts)
        )

    def client_of(self, account_id: str) -> Client:
        """Return the account of an id; one nobody knows trades as the first agent does."""
        known = {client.account_id: client for client in self.clients()}
        return known.get(account_id) or self._client(account_id, self._config.agents[0])

    def instrument_event(self, listing: Listing) -> dict[str, Any]:
        """Return what the warehouse receives of an instrument: columns of raw_instruments."""
        return {
            "symbol": listing.symbol,
            "name": listing.name,
            "asset_class": ASSET_CLASS,
            "sector": listing.sector,
            "currency": self._config.currency,
            "calendar": self._config.calendar,
            "lot_size": LOT_SIZE,
            "average_daily_volume": listing.average_daily_volume,
            "multiplier": 1,
        }

    def account_event(self, client: Client) -> dict[str, Any]:
        """Return what the warehouse receives of an account: columns of raw_accounts."""
        return {
            "account_id": client.account_id,
            "name": client.name,
            "desk": client.agent.desk,
            "owner": client.owner,
            "base_currency": self._config.currency,
            "calendar": self._config.calendar,
        }

    def _client(self, account_id: str, agent: Agent) -> Client:
        return Client(
            account_id=account_id,
            name=f"{self._named('client', account_id).company()} ({agent.style})",
            owner=self._named("owner", account_id).name(),
            agent=agent,
        )

    def _invented(self, symbol: str, number: int) -> Listing:
        """Spread instruments over sectors, prices, volatilities and volumes by their number."""
        sectors = self._config.sectors
        return Listing(
            symbol=symbol,
            name=self._named("issuer", symbol).company(),
            sector=sectors[number % len(sectors)],
            start_price=20.0 + number * 37 % 230,
            annual_volatility=0.18 + number * 7 % 25 / 100,
            average_daily_volume=1_000_000 + number * 13 % 40 * 250_000,
        )

    def _named(self, role: str, key: str) -> Faker:
        """Return Faker, seeded for one name."""
        self._faker.seed_instance(f"{self._config.seed} {role} {key}")
        return self._faker
