"""Cash as it moves: a live producer of raw_cash_events."""

import sys
from datetime import UTC, datetime
from typing import ClassVar

from producer.simulation.known import accounts_without_cash
from producer.simulation.live import LiveProducer, as_cents, new_id, run_as_script
from producer.simulation.world import EVENT_VERSION

CENTS = (1_000, 50_000)
"""A deposit or withdrawal: 10 to 500, as likely in as out, so that balances stay plausible."""


class CashProducer(LiveProducer):
    """Writes one deposit or withdrawal a tick; `writer.write_cash` writes one of your own."""

    NAME: ClassVar[str] = "cash_producer"
    INTERVAL: ClassVar[float] = 10.0

    def start(self) -> int:
        """Make accounts known and give the initial capital to those that never had cash."""
        self.register_accounts()
        unfunded = accounts_without_cash(self._path, self._accounts)
        # Id and time are the same whoever writes it: of two producers that start at the same
        # moment the second repeats the deposit, and a repeat is ignored.
        midnight = self._clock().replace(hour=0, minute=0, second=0, microsecond=0)
        for account_id in unfunded:
            self.writer.write_cash(
                {
                    "event_id": f"initial-{account_id}",
                    "account_id": account_id,
                    "amount": self.world.initial_capital,
                    "type": "DEPOSIT",
                    "timestamp": _epoch_ms(midnight),
                    "description": "Initial deposit",
                    "event_version": EVENT_VERSION,
                }
            )
        return len(unfunded)

    def tick(self) -> int:
        """Write one deposit or withdrawal."""
        kind = self.any_of(("DEPOSIT", "WITHDRAWAL"))
        cents = int(self._random.integers(*CENTS, endpoint=True))
        self.writer.write_cash(
            {
                "event_id": new_id("cash"),
                "account_id": self.any_of(self._accounts),
                "amount": as_cents(cents),
                "type": kind,
                "timestamp": _epoch_ms(self._clock()),
                "description": f"Client {kind.lower()}",
                "event_version": EVENT_VERSION,
            }
        )
        return 1


def _epoch_ms(moment: datetime) -> int:
    return int(moment.replace(tzinfo=UTC).timestamp() * 1000)


if __name__ == "__main__":
    sys.exit(run_as_script(CashProducer))
