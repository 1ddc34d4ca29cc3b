"""What live producers share: tick, write, wait, until the time is over or someone says stop."""

import signal
import threading
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import numpy as np

from producer.common.clock import Clock, system_clock
from producer.common.database_path import warehouse_path
from producer.common.duckdb_writer import DuckDBWriter
from producer.common.errors import WarehouseError
from producer.common.logger import get_logger
from producer.simulation import known
from producer.simulation.catalogue import Catalogue
from producer.simulation.config import WorldConfig, read_world
from producer.simulation.market import PRICE_SCALE

LONGEST_NAP = 0.2
"""Seconds after which a waiting producer notices that it is to stop."""


class LiveProducer(ABC):
    """Writes events of one kind as they happen, one tick after another.

    Several may run side by side, in threads of one process or in processes of their own: each
    write opens the warehouse for one short transaction.
    """

    NAME: ClassVar[str]
    """Its name in logs, raw_batches and raw_quarantine."""
    INTERVAL: ClassVar[float] = 1.0
    """Seconds between ticks, unless the constructor is given another value."""

    def __init__(
        self,
        writer: DuckDBWriter | None = None,
        *,
        path: Path | None = None,
        clock: Clock = system_clock,
        seed: int | None = None,
        interval: float | None = None,
        world: WorldConfig | None = None,
        symbols: Sequence[str] | None = None,
        accounts: Sequence[str] | None = None,
        sleep: Callable[[float], object] = time.sleep,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        """Make a producer; nothing is written before it runs.

        Args:
            writer: Where events go; None: a writer to `path`.
            path: The warehouse that is read, the same as the writer's; None: that of the
                environment.
            clock: Says when events happen (UTC).
            seed: Seed of what happens; None: different every time. It does not decide ids: two
                producers with one seed must not write one trade twice.
            interval: Seconds between ticks.
            world: Who and what there is; None: the default world.
            symbols: What is traded and priced; None: the instruments of the world.
            accounts: Who trades and moves cash; None: the accounts of the world.
            sleep: Called to wait, with seconds.
            timer: Measures durations in seconds; unlike a clock it never jumps.

        Raises:
            ValueError: The interval is not above 0, or there is no symbol or account.
        """
        self._interval = self.INTERVAL if interval is None else interval
        if not self._interval > 0:
            raise ValueError(f"interval must be above 0 seconds, got {interval}")
        self._path = warehouse_path() if path is None else path
        self.writer = writer or DuckDBWriter(self._path, clock, self.NAME)
        self._clock = clock
        self._random = np.random.Generator(np.random.PCG64(seed))
        self.world = world or read_world()
        self._catalogue = catalogue = Catalogue(self.world)
        self._listings = (
            {listing.symbol: listing for listing in catalogue.listings()}
            if symbols is None
            else {symbol: catalogue.listing_of(symbol) for symbol in symbols}
        )
        self._clients = (
            {client.account_id: client for client in catalogue.clients()}
            if accounts is None
            else {account_id: catalogue.client_of(account_id) for account_id in accounts}
        )
        if not self._listings or not self._clients:
            raise ValueError("symbols and accounts must not be empty")
        self._symbols = tuple(self._listings)
        self._accounts = tuple(self._clients)
        self._sleep = sleep
        self._timer = timer
        self._is_stopping = False
        self._logger = get_logger(self.NAME)

    def run(self, duration: float | None = None) -> int:
        """Produce until the time is over, `stop()` is called or, in the main thread, Ctrl-C.

        At least one tick is written, however short the time. SIGTERM and Ctrl-C let the write
        under way end; other threads leave signals alone and are ended by `stop()`.

        Args:
            duration: Seconds; None: until stopped.

        Returns:
            The number of events written.

        Raises:
            LockNotHad: Another process held the warehouse for too long.
            UnusableDatabase: The warehouse cannot be opened.
        """
        deadline = float("inf") if duration is None else self._timer() + duration
        self._logger.info(
            "running %s", "until stopped" if duration is None else f"for {duration:g} s"
        )
        with _stopped_by_signals(self.stop):
            try:
                written = self._run_until(deadline)
            finally:
                self._is_stopping = False
        self._logger.info("done, %d events written", written)
        return written

    def stop(self) -> None:
        """Let `run` end after the write under way. May be called from any thread."""
        # A plain flag: an Event set by a signal handler can deadlock with its own wait.
        self._is_stopping = True

    @abstractmethod
    def start(self) -> int:
        """Do what comes before the first tick; return the number of events written."""

    @abstractmethod
    def tick(self) -> int:
        """Write the events of one moment; return their number."""

    def _run_until(self, deadline: float) -> int:
        known.prepare(self._path)
        written = self.start()
        while True:
            next_tick = self._timer() + self._interval
            written += self.tick()
            self._wait(until=min(deadline, next_tick))
            if self._is_stopping or self._timer() >= deadline:
                return written

    def _wait(self, until: float) -> None:
        while not self._is_stopping and (remaining := until - self._timer()) > 0:
            self._sleep(min(remaining, LONGEST_NAP))

    def register_instruments(self) -> None:
        """Describe the symbols that the warehouse does not know; what it knows is left alone."""
        unknown = known.unknown_symbols(self._path, self._symbols)
        if unknown:
            listings = [self._listings[symbol] for symbol in unknown]
            self.writer.write("instruments", map(self._catalogue.instrument_event, listings))

    def register_accounts(self) -> None:
        """Describe the accounts that the warehouse does not know; what it knows is left alone."""
        unknown = known.unknown_accounts(self._path, self._accounts)
        if unknown:
            clients = [self._clients[account_id] for account_id in unknown]
            self.writer.write("accounts", map(self._catalogue.account_event, clients))

    def prices_now(self) -> dict[str, float]:
        """Return the latest known price of every symbol, else its start price."""
        latest = known.latest_prices(self._path, self._symbols)
        return {
            symbol: latest.get(symbol, listing.start_price)
            for symbol, listing in self._listings.items()
        }

    def any_of(self, values: Sequence[str]) -> str:
        """Return one of the values by chance."""
        return values[int(self._random.integers(len(values)))]


def new_id(prefix: str) -> str:
    """Return an id nobody else gives: producers share no counter, within or across processes."""
    return f"{prefix}-{uuid.uuid4()}"


def as_price(value: float) -> Decimal:
    """Return a price with as many decimal places as simulated prices have, above 0."""
    smallest = Decimal(1).scaleb(-PRICE_SCALE)
    return max(Decimal(value).quantize(smallest), smallest)


def as_cents(cents: int) -> Decimal:
    """Return an amount of whole cents."""
    return Decimal(cents).scaleb(-2)


def run_as_script(producer: type[LiveProducer]) -> int:
    """Run a producer until it is stopped; return the exit code of the process."""
    live = producer()
    try:
        live.run()
    except WarehouseError as error:
        get_logger(producer.NAME).error("%s", error)
        return error.exit_code
    return 0


@contextmanager
def _stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call stop on Ctrl-C and SIGTERM; only the main thread may, and can, handle signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, lambda *_: stop())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            # None: a handler that was not set from Python and cannot be set from here.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
