"""The arguments of a simulated world."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from producer.common.errors import UnusableInput

EARLIEST = date(1900, 1, 1)
LATEST_AFTER_CLOCK = timedelta(days=2)
CLOSE_KNOWN_AT = timedelta(hours=21)
"""21:00 UTC: NYSE has closed by then, in winter and in summer time."""

MODEL_VERSION = 1
"""To be raised when equal arguments begin to give other rows than before."""


class WorldConfigError(UnusableInput, ValueError):
    """Arguments that describe no world; the message names the argument."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldConfig:
    """What decides a world. Equal configurations give equal worlds, to the byte.

    With the same seed, a later `end` or more `accounts` only add to the world: what was there
    stays. Another number of symbols, another start or another seed is another world.

    Attributes:
        start: First day; the first trading day on or after it is the first day with prices.
        end: Last day, itself included.
        accounts: How many accounts, 1 or more.
        symbols: How many instruments, 1 or more.
        trades_per_day: Average number of orders of one account on one trading day, 0 or more. An
            order that would change nothing is not sent, so there are slightly fewer trades.
        seed: Seed of all random numbers, 0 or more.

    Raises:
        WorldConfigError: An argument makes no sense; the message names it.
    """

    start: date = date(2024, 1, 2)
    end: date = date(2025, 12, 31)
    accounts: int = 3
    symbols: int = 10
    trades_per_day: float = 5.0
    seed: int = 42

    def __post_init__(self) -> None:
        """Refuse arguments that make no sense, by name."""
        if self.start < EARLIEST:
            raise WorldConfigError(f"start must not lie before {EARLIEST}, got {self.start}")
        if self.start > self.end:
            raise WorldConfigError(f"start must not lie after end, got {self.start} and {self.end}")
        for name, least in (("accounts", 1), ("symbols", 1), ("trades_per_day", 0), ("seed", 0)):
            value = getattr(self, name)
            # Written so that NaN is refused too.
            if not least <= value < float("inf"):
                raise WorldConfigError(f"{name} must be {least} or more, got {value}")

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
        """Name of the world: the same for the same arguments, whenever it is loaded."""
        # 5 and 5.0 trades a day are the same argument.
        arguments = (
            MODEL_VERSION,
            self.start.isoformat(),
            self.end.isoformat(),
            self.accounts,
            self.symbols,
            float(self.trades_per_day),
            self.seed,
        )
        return f"simulation-{hashlib.sha256(repr(arguments).encode()).hexdigest()[:16]}"
