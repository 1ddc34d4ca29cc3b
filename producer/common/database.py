"""The warehouse file: where it is, how it is opened, how its raw tables come into being."""

import functools
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import duckdb

from producer.common.database_path import refuse_unusable
from producer.common.errors import UnusableDatabase, UnusableInput
from producer.common.file_lock import (
    WAIT_SECONDS,
    Patience,
    alone_in_process,
    asked_holder,
    writing,
)
from producer.records.tables import raw_tables

# DuckDB lets connections of one process write side by side and would let both insert the same
# trade: each decides by its own snapshot what is known.
_ONE_WRITER = threading.RLock()

# The last two texts are of this process: the file is held in the other mode, or by a connection
# that was opened by hand and is being closed this very moment.
_LOCK_TEXTS = re.compile(
    "could not set lock on file|being used by another process|different configuration than"
    "|unique file handle conflict",
    re.IGNORECASE,
)
_SIZE = re.compile(r"\d+(\.\d+)? ?([KMGT]i?)?B", re.IGNORECASE)
_LOCK_HOLDER = re.compile(r"lock is held in (?:.*/)?(.+?) \(PID (\d+)\)")


@contextmanager
def connection(
    path: Path, *, read_only: bool = False, wait_seconds: float = WAIT_SECONDS
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the database, in UTC, and close it whatever happens.

    Threads of one process take turns, readers too: whoever closed the file would end the lock
    that another thread has on it.

    Args:
        path: The file. It is created, with its folder, unless read_only.
        read_only: Open for reading; readers in other processes may stay.
        wait_seconds: How long to wait while another process or thread holds the file.

    Raises:
        LockNotHad: It was held for longer than that.
        UnusableDatabase: It is no database that can be opened, or is not there to be read.
    """
    refuse_unusable(path)
    patience = Patience(path, wait_seconds)
    with (
        alone_in_process(path, patience),
        nullcontext() if read_only else writing(path, patience=patience),
    ):
        con = _opened(path, read_only=read_only, patience=patience)
        try:
            con.execute("set TimeZone = 'UTC'")
            con.execute(f"set memory_limit = '{memory_limit()}'")
            yield con
        finally:
            con.close()


def memory_limit() -> str:
    """What DuckDB may take: WAREHOUSE_MEMORY_LIMIT, or 60 % of the memory there is.

    What does not fit is spilled into a folder beside the database, which is removed at the end.

    Raises:
        UnusableInput: WAREHOUSE_MEMORY_LIMIT is no size.
    """
    configured = os.environ.get("WAREHOUSE_MEMORY_LIMIT")
    if not configured:
        return _default_memory_limit()
    if not _SIZE.fullmatch(configured):
        raise UnusableInput(
            f"WAREHOUSE_MEMORY_LIMIT: {configured!r} is no size; write for example 4GB"
        )
    return configured


@functools.cache
def _default_memory_limit() -> str:
    """DuckDB's own default is 80 % of what this machine, or this container, has."""
    with duckdb.connect() as con:
        row = con.execute(
            "select parse_formatted_bytes(current_setting('memory_limit')) * 60 // 80"
        ).fetchone()
    return f"{row[0] if row else 0} B"


@contextmanager
def transaction(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All of the block's writes or none; threads of one process take turns."""
    with _ONE_WRITER:
        con.begin()
        try:
            yield
        except BaseException:
            with suppress(duckdb.Error):  # the error that brought us here says more
                con.rollback()
            raise
        con.commit()


def create_raw_tables(con: duckdb.DuckDBPyConnection) -> None:
    """Create the raw tables that are missing, and the columns an older warehouse lacks."""
    present = set(
        con.execute(
            "select table_name, column_name from duckdb_columns()"
            " where database_name = current_database() and schema_name = 'main'"
        ).fetchall()
    )
    names = {table for table, _ in present}
    for table in raw_tables().values():
        if table.name not in names:
            con.execute(table.ddl)
            continue
        for column in table.columns:
            if (table.name, column) not in present:
                con.execute(table.added_column(column))


def _opened(path: Path, *, read_only: bool, patience: Patience) -> duckdb.DuckDBPyConnection:
    while True:
        try:
            # An absolute path: DuckDB takes a relative one like md:x for another kind of database.
            return duckdb.connect(str(path.absolute()), read_only=read_only)
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            if not _LOCK_TEXTS.search(reason):
                if read_only and not path.exists():
                    raise UnusableDatabase(f"{path}: there is no warehouse here") from error
                raise UnusableDatabase(
                    f"{path}: cannot be opened as a DuckDB database ({reason})"
                ) from error
        patience.spend((asked_holder(path) if read_only else None) or _holder_in(reason))


def _holder_in(reason: str) -> str:
    """The process that DuckDB names: a shell, or dbt started by hand."""
    found = _LOCK_HOLDER.search(reason)
    return f"process {found[2]} ({found[1]})" if found else ""
