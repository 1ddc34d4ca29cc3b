"""The warehouse file: where it is, how it is opened, how its raw tables come into being."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_random_exponential

from producer.common.errors import LockNotHad, UnusableDatabase
from producer.records.tables import raw_tables

DEFAULT_PATH = Path(__file__).parents[2] / "data" / "warehouse" / "portfolio.duckdb"

# dbt names the catalog after the file, and cannot work with these.
_UNUSABLE_NAME = re.compile(r"main|temp|system|.*['\";].*", re.IGNORECASE | re.DOTALL)

# DuckDB lets threads of one process write side by side and would let both insert the same trade:
# each judges what is known by its own snapshot. Between processes the file's lock does this.
_ONE_WRITER = threading.RLock()

# The last two texts are other threads of this process: one that holds the file in the other mode,
# one that is closing it this very moment.
_LOCK_TEXTS = re.compile(
    "could not set lock on file|being used by another process|different configuration than"
    "|unique file handle conflict",
    re.IGNORECASE,
)


def warehouse_path() -> Path:
    """The file of WAREHOUSE_PATH, or the one in data/warehouse/ of the checkout."""
    configured = os.environ.get("WAREHOUSE_PATH")
    return Path(configured).absolute() if configured else DEFAULT_PATH


@contextmanager
def connection(
    path: Path, *, read_only: bool = False, wait_seconds: float = 60
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the database, in UTC, and close it whatever happens.

    Args:
        path: The file. It is created, with its folder, unless read_only.
        read_only: Open for reading; other readers may stay.
        wait_seconds: How long to wait while another process holds the file.

    Raises:
        LockNotHad: It was held for longer than that.
        UnusableDatabase: It is no database that can be opened, or is not there to be read.
    """
    con = _opened(path, read_only=read_only, wait_seconds=wait_seconds)
    try:
        con.execute("set TimeZone = 'UTC'")
        yield con
    finally:
        con.close()


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


def _opened(path: Path, *, read_only: bool, wait_seconds: float) -> duckdb.DuckDBPyConnection:
    waiting = Retrying(
        retry=retry_if_exception(_is_lock),
        wait=wait_random_exponential(multiplier=0.02, max=0.5),
        stop=stop_after_delay(wait_seconds),
        reraise=True,
    )
    if _UNUSABLE_NAME.fullmatch(path.stem):
        raise UnusableDatabase(f"{path}: a database cannot have this name; choose another")
    try:
        if not read_only:
            path.parent.mkdir(parents=True, exist_ok=True)
        # An absolute path: DuckDB takes a relative one like md:x for another kind of database.
        return waiting(duckdb.connect, str(path.absolute()), read_only=read_only)
    except OSError as error:
        raise UnusableDatabase(f"{path}: {error.strerror or error}") from error
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        if _is_lock(error):
            raise LockNotHad(
                f"{path}: in use by another process for more than {wait_seconds:g} s ({reason})"
            ) from error
        if read_only and not path.exists():
            raise UnusableDatabase(f"{path}: there is no warehouse here") from error
        raise UnusableDatabase(
            f"{path}: cannot be opened as a DuckDB database ({reason})"
        ) from error


def _is_lock(error: BaseException) -> bool:
    return isinstance(error, duckdb.Error) and bool(_LOCK_TEXTS.search(str(error)))
