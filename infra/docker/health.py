"""The health checks of docker-compose.yml: is the work being done, not only the process there?

`python -m infra.docker.health arriving trades 180`   the newest trade came less than 180 s ago
`python -m infra.docker.health published 1200`        the published version is younger than 1200 s
`python -m infra.docker.health served URL`            the page is served
"""

import sys
import urllib.request
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from infra.orchestration.publishing import PublishedVersions, moment_of
from producer.common import database as databases
from producer.common.clock import Clock, system_clock
from producer.common.database_path import warehouse_path
from producer.common.errors import WarehouseError
from producer.records import KINDS

HEALTHY = 0
ILL = 1
PATIENCE_SECONDS = 10.0


def check(arguments: Sequence[str], database: Path, clock: Clock = system_clock) -> str | None:
    """Look once.

    Args:
        arguments: One of the three calls above.
        database: The DuckDB file.
        clock: Gives the time, for how old things are.

    Returns:
        What is wrong; None when nothing is.

    Raises:
        WarehouseError: The database could not be looked at.
    """
    match arguments:
        case ["arriving", kind, seconds] if kind in KINDS:
            return _too_old(kind, _last_arrival(database, kind), float(seconds), clock)
        case ["published", seconds]:
            version = PublishedVersions(database).current()
            moment = moment_of(version) if version else None
            return _too_old("version", moment, float(seconds), clock)
        case ["served", url] if url.startswith("http://127.0.0.1:"):
            with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - this container's own
                return None if answer.read() else "the page is empty"
        case _:
            return f"unknown check: {' '.join(arguments)}"


def _last_arrival(database: Path, kind: str) -> datetime | None:
    table = KINDS[kind].TABLE
    with databases.connection(database, read_only=True, wait_seconds=PATIENCE_SECONDS) as con:
        row = con.execute(f"select max(ingested_at) from main.{table}").fetchone()  # noqa: S608 - a name of our own
    return row[0] if row else None


def _too_old(what: str, moment: datetime | None, seconds: float, clock: Clock) -> str | None:
    if moment is None:
        return f"{what}: none yet"
    age = (clock() - moment).total_seconds()
    return f"{what}: the newest is {age:.0f} s old" if age > seconds else None


def main() -> int:
    """Look, say what is wrong, and end with 0 (healthy) or 1."""
    try:
        complaint = check(sys.argv[1:], warehouse_path())
    except (WarehouseError, OSError) as error:
        complaint = str(error)
    if complaint:
        sys.stderr.write(f"{complaint}\n")
    return ILL if complaint else HEALTHY


if __name__ == "__main__":
    sys.exit(main())
