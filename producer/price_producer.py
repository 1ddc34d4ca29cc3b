"""Prices as they move: a live producer of raw_prices."""

import math
import sys
from typing import ClassVar

from producer.simulation.live import LiveProducer, as_price, run_as_script

TICK_VOLATILITY = 0.0005
"""Standard deviation of the log return of one tick: higher than a market's, so that one sees it."""
HALF_SPREAD = 0.0001


class PriceProducer(LiveProducer):
    """Writes a price of every symbol each tick: a random walk from the last known prices."""

    NAME: ClassVar[str] = "price_producer"

    def start(self) -> int:
        """Make symbols known and take up their last prices."""
        self.register_instruments()
        self._prices = self.prices_now()
        return 0

    def tick(self) -> int:
        """Move all prices and write them, with bid and ask about them."""
        now = self._clock()
        for symbol in self._symbols:
            self._prices[symbol] *= math.exp(TICK_VOLATILITY * self._random.standard_normal())
        self.writer.write_prices(
            {
                "symbol": symbol,
                "timestamp": now,
                "close": as_price(price),
                "bid": as_price(price * (1 - HALF_SPREAD)),
                "ask": as_price(price * (1 + HALF_SPREAD)),
                "currency": self.world.currency,
            }
            for symbol, price in self._prices.items()
        )
        return len(self._prices)


if __name__ == "__main__":
    sys.exit(run_as_script(PriceProducer))
