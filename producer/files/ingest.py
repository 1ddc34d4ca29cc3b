"""Loads a user's file: read it, then land it in one transaction."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import duckdb

from producer.common.clock import Clock, system_clock
from producer.common.database import connection, create_raw_tables, transaction
from producer.common.errors import UnusableFile, UnusableInput
from producer.common.landing import LoadResult, land
from producer.files.csv_reader import read_csv
from producer.files.parquet_reader import MAGIC, read_parquet
from producer.records import KINDS


def ingest_file(
    path: Path, kind: str, *, database: Path, clock: Clock = system_clock
) -> LoadResult:
    """Load a CSV or Parquet file; its content, not its name, says which of the two it is.

    The file is read before the database is opened. A file of the same content adds nothing.

    Args:
        path: The file.
        kind: What its rows are: trades, prices, ...
        database: The warehouse; created when there is none.
        clock: Says when the load was.

    Raises:
        UnusableFile: No row of it can be read; the text names the file and the place.
        UnusableInput: There is no such kind.
        LockNotHad: Another process held the database for too long.
        UnusableDatabase: The database cannot be opened.
    """
    if kind not in KINDS:
        raise UnusableInput(f"unknown kind {kind!r}: one of {', '.join(KINDS)}")
    record = KINDS[kind]
    source = os.fsencode(path).decode("utf-8", "replace")
    data = _bytes_of(path, source)
    read = read_parquet if data.startswith(MAGIC) else read_csv
    try:
        file = read(source, data, record)
    except UnusableFile:
        raise
    except Exception as error:  # whatever a broken file makes a library say
        raise UnusableFile(f"{source}: cannot be read ({error})") from error
    with connection(database) as con:
        con.register("incoming_rows", file.rows)
        if file.rejected is not None:
            con.register("rejected_rows", file.rejected)
        try:
            with transaction(con):
                create_raw_tables(con)
                result = land(
                    con,
                    record,
                    "incoming_rows",
                    source=source,
                    clock=clock,
                    content_hash=hashlib.sha256(data).hexdigest(),
                    rejected=None if file.rejected is None else "rejected_rows",
                )
        except (duckdb.NotSupportedError, duckdb.DataError) as error:
            reason = str(error).splitlines()[0]
            raise UnusableFile(
                f"{source}: a column has a type or a value that cannot be read ({reason})"
            ) from error
    return replace(result, ignored_columns=file.ignored_columns, rows_are_lines=file.rows_are_lines)


def _bytes_of(path: Path, source: str) -> bytes:
    try:
        # Nothing else has an end: a pipe that nobody writes to would stop the files after it.
        if not path.is_dir() and path.exists() and not path.is_file():
            raise UnusableFile(
                f"{source}: is a pipe or a device: save what it gives as a file, such as trades.csv"
            )
        return path.read_bytes()
    except FileNotFoundError as error:
        raise UnusableFile(f"{source}: there is no such file") from error
    except IsADirectoryError as error:
        raise UnusableFile(f"{source}: is a folder, not a file") from error
    except (OSError, ValueError) as error:
        raise UnusableFile(f"{source}: cannot be read ({error})") from error
