"""Trades as they happen: a live producer of raw_trades."""

import sys
from typing import ClassVar

import numpy as np

from producer.simulation.agents import fee_cents
from producer.simulation.live import LiveProducer, as_cents, as_price, new_id, run_as_script

LARGEST_QUANTITY = 50
SPREAD = 0.0005
"""Standard deviation of a trade's price about the latest price, relative to it."""


class TradeProducer(LiveProducer):
    """Writes one trade a tick: any account, any symbol, a price near the latest one."""

    NAME: ClassVar[str] = "trade_producer"

    def start(self) -> int:
        """Make accounts and symbols known."""
        self.register_instruments()
        self.register_accounts()
        return 0

    def tick(self) -> int:
        """Write one trade."""
        now = self._clock()
        symbol = self.any_of(self._symbols)
        quantity = int(self._random.integers(1, LARGEST_QUANTITY, endpoint=True))
        latest = self.prices_now()[symbol]
        trade_id = new_id("trade")
        self.writer.write_trade(
            {
                "trade_id": trade_id,
                "account_id": self.any_of(self._accounts),
                "symbol": symbol,
                "side": self.any_of(("BUY", "SELL")),
                "quantity": quantity,
                "price": as_price(latest * (1 + SPREAD * self._random.standard_normal())),
                "fees": as_cents(int(fee_cents(np.array([quantity]))[0])),
                "currency": self.world.currency,
                "executed_at": now,
                "event_id": f"event-{trade_id}",
            }
        )
        return 1


if __name__ == "__main__":
    sys.exit(run_as_script(TradeProducer))
