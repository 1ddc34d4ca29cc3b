"""Rebuilding everything as it was known at a moment, into another file."""

from datetime import datetime
from pathlib import Path

from infra.orchestration.building import BuildResult, build
from infra.orchestration.dbt_run import Watcher
from infra.orchestration.paths import DBT_PROJECT
from producer.common import database as databases
from producer.common.clock import Clock, system_clock
from producer.common.errors import UnusableInput
from producer.records.tables import raw_tables

# When each raw table knew its rows; everything else knows by ingested_at.
KNOWN_BY = {
    "raw_quarantine": "quarantined_at",
    "raw_quarantine_resolutions": "resolved_at",
    "raw_batches": "loaded_at",
}
ROWS_AT_ONCE = 100_000


def build_known_at(
    database: Path,
    known_at: datetime,
    into: Path,
    *,
    project: Path = DBT_PROJECT,
    clock: Clock = system_clock,
    watcher: Watcher | None = None,
) -> BuildResult:
    """Build another file from only the raw rows known at a moment. It is never published.

    Raw tables are append-only and every row says when it was known, so the raw rows known by then
    are all that a build at that moment would have seen: the models need no second time axis.

    Args:
        database: The warehouse; it is only read.
        known_at: The moment (UTC): rows with a later ingested_at do not count.
        into: The file to make.
        project: The dbt project.
        clock: Gives the time at which the build begins and ends.
        watcher: Notified of each model and test as it begins and ends.

    Raises:
        UnusableInput: The file is there already.
        LockNotHad: Another process kept the warehouse.
        UnusableDatabase: There is no warehouse, or the other file cannot be made.
        DbtFailed: dbt died.
    """
    if into.exists():
        raise UnusableInput(f"{into}: is there already; a rebuild goes into a new file")
    _copy_known(database, known_at, into)
    return build(into, publish=False, project=project, clock=clock, watcher=watcher)


def _copy_known(database: Path, known_at: datetime, into: Path) -> None:
    with (
        databases.connection(database, read_only=True) as known,
        databases.connection(into) as target,
    ):
        present = {
            name for (name,) in known.execute("select table_name from duckdb_tables()").fetchall()
        }
        databases.create_raw_tables(target)
        for table in raw_tables().values():
            if table.name not in present:
                continue  # a warehouse older than the table
            moment = KNOWN_BY.get(table.name, "ingested_at")
            rows = known.execute(
                f"select * from main.{table.name} where {moment} <= ?",  # noqa: S608 - our own names
                [known_at],
            ).to_arrow_reader(ROWS_AT_ONCE)
            target.register("known_rows", rows)
            target.execute(f"insert into main.{table.name} by name select * from known_rows")  # noqa: S608 - our own names
            target.unregister("known_rows")
