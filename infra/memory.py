"""How much memory a piece of work takes, on every operating system."""

import threading
from types import TracebackType
from typing import Self

import psutil

_SAMPLE_SECONDS = 0.1


class PeakMemory:
    """Watches the resident memory of this process and of all it has started."""

    def __init__(self) -> None:
        """Watch from the start of the `with` block to its end."""
        self.peak_bytes = 0
        self._process = psutil.Process()
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        """Start watching."""
        self._watcher.start()
        return self

    def __exit__(
        self,
        error_type: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop watching."""
        self._done.set()
        self._watcher.join()

    def _watch(self) -> None:
        while True:
            self.peak_bytes = max(self.peak_bytes, self._resident_bytes())
            if self._done.wait(_SAMPLE_SECONDS):
                return

    def _resident_bytes(self) -> int:
        total = 0
        for process in (self._process, *self._process.children(recursive=True)):
            try:
                total += process.memory_info().rss
            except psutil.Error:
                continue  # it has ended meanwhile
        return total
