"""The one place that asks what time it is. Everything else is handed a clock."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present moment in UTC, without a time zone attached."""


def system_clock() -> datetime:
    """The machine's time in UTC, naive, in microseconds."""
    return datetime.now(UTC).replace(tzinfo=None)
