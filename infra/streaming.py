"""Running the live producers side by side."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from producer.cash_producer import CashProducer
from producer.price_producer import PriceProducer
from producer.simulation.live import LiveProducer
from producer.trade_producer import TradeProducer


def stream(database: Path, *, duration: float | None = None) -> dict[str, int]:
    """Run all three producers until the time is over, one fails, or Ctrl-C or SIGTERM comes.

    Args:
        database: The DuckDB file; it is made when there is none.
        duration: Seconds; None: until stopped.

    Returns:
        For each producer the number of events written.

    Raises:
        LockNotHad: Another process kept the database.
        UnusableDatabase: The path is no database.
    """
    prices = PriceProducer(path=database)
    beside: list[LiveProducer] = [TradeProducer(path=database), CashProducer(path=database)]
    with ThreadPoolExecutor(len(beside)) as threads:
        running = {producer.NAME: threads.submit(producer.run, duration) for producer in beside}
        for run in running.values():
            run.add_done_callback(lambda ended: prices.stop() if ended.exception() else None)
        try:
            # Signals reach the main thread alone: the producer in it is stopped, then the others.
            written = prices.run(duration)
        finally:
            for producer in beside:
                producer.stop()
    return {prices.NAME: written} | {name: run.result() for name, run in running.items()}
