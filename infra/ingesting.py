"""Loading a user's files, one after the other, and saying what became of each."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from infra.classes import unknown_classes
from producer.common import database as databases
from producer.common.clock import Clock, system_clock
from producer.common.errors import UnusableFile
from producer.common.landing import LoadResult
from producer.common.quarantine import quarantine_report
from producer.common.text import escaped, shown
from producer.files import ingest_file

DONE = 0
UNUSABLE = 2
QUARANTINED = 3
SHOWN_REASONS = 20

Say = Callable[[str], None]


def ingest_files(
    database: Path,
    kind: str,
    files: Sequence[Path],
    *,
    say: Say,
    complain: Say,
    clock: Clock = system_clock,
) -> int:
    """Load files, each in its own transaction; one that is unusable does not stop the next.

    Args:
        database: The DuckDB file; it is made when there is none.
        kind: What the files hold, one of `producer.records.KINDS`.
        files: CSV or Parquet files.
        say: Called with a line on what was loaded.
        complain: Called with a line on each unusable file.
        clock: When we knew, for rows that do not say.

    Returns:
        The worst of 2 (a file is unusable), 3 (rows were quarantined) and 0.

    Raises:
        LockNotHad: Another process kept the database.
    """
    found = {_ingest(database, kind, file, say, complain, clock) for file in files}
    return next((code for code in (UNUSABLE, QUARANTINED) if code in found), DONE)


def _ingest(database: Path, kind: str, file: Path, say: Say, complain: Say, clock: Clock) -> int:
    try:
        result = ingest_file(file, kind, database=database, clock=clock)
    except UnusableFile as error:
        complain(str(error))
        return UNUSABLE
    say(f"{escaped(str(file))}: {counts(result)}")
    for line in _roundings(result):
        say(line)
    if result.displaced:
        say(f"  {result.displaced:,} earlier rows gave way: see `warehouse quarantine list`")
    if kind == "instruments" and result.loaded:
        with databases.connection(database, read_only=True) as connection:
            for line in unknown_classes(connection, result.batch_id):
                say(f"  {line}")
    if result.quarantined:
        for line in _reasons(database, result):
            say(line)
    return QUARANTINED if result.quarantined or result.displaced else DONE


def counts(result: LoadResult) -> str:
    """What became of the rows of a load, for a person."""
    text = (
        f"{result.loaded:,} loaded, {result.repeated:,} repeated,"
        f" {result.quarantined:,} quarantined"
    )
    if result.rounded:
        text += f", {result.rounded:,} values rounded"
    if result.ignored_columns:
        text += f"; columns ignored: {', '.join(map(shown, result.ignored_columns))}"
    return text


def _roundings(result: LoadResult) -> Iterator[str]:
    for row, what in result.roundings:
        line = f" (line {row + 1})" if result.rows_are_lines else ""
        yield f"  row {row}{line}, rounded: {what}"
    if len(result.roundings) < result.rounded_rows:
        yield f"  and {result.rounded_rows - len(result.roundings):,} more rows with rounded values"


def _reasons(database: Path, result: LoadResult) -> Iterator[str]:
    with databases.connection(database, read_only=True) as connection:
        reasons = quarantine_report(
            connection, result.batch_id, SHOWN_REASONS, rows_are_lines=result.rows_are_lines
        )
    yield from (f"  {escaped(reason)}" for reason in reasons)
    if result.quarantined > len(reasons):
        yield f"  and {result.quarantined - len(reasons):,} more"
    yield f"  all of them, with the rows: warehouse quarantine show {result.batch_id}"
