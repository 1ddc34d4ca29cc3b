"""What is published: whole, tested versions of the database, and a pointer to the one in force.

    published/
        current                      the name of the version in force
        current.duckdb               a link to its file, for other tools
        database                     whose versions these are
        20261121T030501123456Z/
            portfolio.duckdb         a copy nobody writes to
            previous                 the version it took over from, for going back

A reader resolves the pointer first and opens that path. A new path for each version is needed
because DuckDB knows an open file by its path and would go on seeing an old one.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from infra.orchestration.build_log import last_build
from infra.orchestration.published_folder import VERSION, claimed_folder, published_folder
from infra.writing import patiently, sync_folder, write_atomically
from producer.common import database as databases
from producer.common.database import memory_limit
from producer.common.errors import UnusableInput, WarehouseError
from producer.common.file_lock import writing

KEPT_VERSIONS = 5
# Windows lets nobody read a file that DuckDB holds: there it has to be let go before the copy.
HELD_FILE_IS_READABLE = os.name != "nt"

_COPY_FILE = Path(__file__).with_name("copy_file.py")
_VERSION_FORMAT = "%Y%m%dT%H%M%S%fZ"
_INCOMING = ".incoming-"

# A reader may compute what it likes and touch nothing else: no files, no network, no Python
# objects of this process, and no way to allow them again.
READER_SETTINGS = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
    "lock_configuration": "true",
}


class NothingPublished(WarehouseError):  # noqa: N818 - says what happened
    """No version has been published yet."""


class NotPublishable(WarehouseError):  # noqa: N818 - says what happened
    """The database is not one that passed its tests."""


class NoEarlierVersion(WarehouseError):  # noqa: N818 - says what happened
    """There is no version to go back to."""


class PublishingFailed(WarehouseError):  # noqa: N818 - says what happened
    """The copy could not be made."""


def moment_of(version: str) -> datetime:
    """When a version was published (UTC)."""
    return datetime.strptime(version, _VERSION_FORMAT)  # noqa: DTZ007 - naive UTC, as everywhere


class PublishedVersions:
    """The published versions of one database."""

    def __init__(self, database: Path) -> None:
        """Look into the folder of this database.

        Raises:
            UnusableInput: The folder is another database's, or is none.
        """
        self._database = database
        self._use(published_folder(database))

    def _use(self, folder: Path) -> None:
        self.folder = folder
        self._pointer = folder / "current"
        self._link = folder / "current.duckdb"
        if folder.exists() and not folder.is_dir():
            raise UnusableInput(f"{folder}: is a file, where the folder of versions should be")

    def names(self) -> list[str]:
        """All versions that are there whole, oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(
            entry.name
            for entry in self.folder.iterdir()
            if VERSION.fullmatch(entry.name) and self.file(entry.name).is_file()
        )

    def current(self) -> str | None:
        """The version in force, None before the first."""
        try:
            return patiently(self._pointer.read_text)(encoding="utf-8").strip()
        except FileNotFoundError:
            return None

    def current_file(self) -> Path:
        """The file to open read-only.

        Raises:
            NothingPublished: There is no version yet.
        """
        version = self.current()
        if version is None:
            raise NothingPublished(
                f"nothing is published in {self.folder} yet: run `warehouse build` first"
            )
        file = self.file(version)
        if not file.is_file():
            raise NothingPublished(
                f"{self._pointer} names version {version!r}, which is not there: `warehouse build`"
            )
        return file

    def file(self, version: str) -> Path:
        """The database file of a version."""
        return self.folder / version / self._database.name

    def add(self, now: datetime) -> str:
        """Copy the database into a new version and put it in force.

        The caller sees to it that the database is checkpointed and that nobody writes to it.

        Returns:
            The name of the version.

        Raises:
            PublishingFailed: The copy could not be made; the version in force stays.
        """
        version = now.strftime(_VERSION_FORMAT)
        self._use(claimed_folder(self._database))
        incoming = self.folder / f"{_INCOMING}{version}"
        self._sweep()
        incoming.mkdir()
        _copy(self._database, incoming / self._database.name)
        write_atomically(incoming / "previous", f"{self.current() or ''}\n")
        patiently(incoming.rename)(self.folder / version)
        self.put_in_force(version)
        self._prune()
        return version

    def put_in_force(self, version: str) -> None:
        """Point at a version that is there whole."""
        # A link that cannot be replaced leaves everything as it was.
        self._link_to(version)
        write_atomically(self._pointer, f"{version}\n")

    def _link_to(self, version: str) -> None:
        """Replace the link for other tools; where there are no links, by a copy."""
        temporary = self._link.with_name(f".{self._link.name}.{os.getpid()}")
        temporary.unlink(missing_ok=True)
        try:
            try:
                temporary.symlink_to(Path(version, self._database.name))
            except OSError:
                _copy(self.file(version), temporary)
            patiently(os.replace)(temporary, self._link)
        except PermissionError as error:
            raise PublishingFailed(
                f"{self._link}: another program holds it open, so that version {version} could not"
                " be put in force: close that program and run the same command again"
            ) from error
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(self.folder)

    def before(self, version: str) -> str | None:
        """The version that was in force before this one, as far as it is still there."""
        try:
            name = (self.folder / version / "previous").read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        return name if name in self.names() else None

    def _prune(self) -> None:
        """Remove the oldest versions, but never the one to go back to.

        A reader that still has one open keeps it on POSIX.
        """
        current = self.current()
        kept = {current, self.before(current)} if current else set()
        for version in self.names()[:-KEPT_VERSIONS]:
            if version not in kept:
                # On Windows an open file stays; the next publishing tries again.
                shutil.rmtree(self.folder / version, ignore_errors=True)

    def _sweep(self) -> None:
        """Remove what a publisher that was killed left behind; only one publishes at a time."""
        for leftover in self.folder.glob(f"{_INCOMING}*"):
            shutil.rmtree(leftover, ignore_errors=True)


def rollback(database: Path) -> str:
    """Put the version in force that was so before the present one.

    Returns:
        The name of that version.

    Raises:
        NothingPublished: There is no version yet.
        NoEarlierVersion: The present version is the first that is kept.
        LockNotHad: Another process kept the database.
        PublishingFailed: Another program holds the link open; the version in force stays.
    """
    versions = PublishedVersions(database)
    versions.current_file()  # Where nothing is published no lock file is left either.
    with writing(database, "warehouse publish --rollback"):
        current = versions.current_file().parent.name
        previous = versions.before(current)
        if previous is None:
            raise NoEarlierVersion(f"there is no version before {current} to go back to")
        versions.put_in_force(previous)
    return previous


class PublishedReader:
    """Queries that each see the version in force at that moment, however long it lives."""

    def __init__(self, versions: PublishedVersions) -> None:
        """Open nothing before the first query."""
        self._versions = versions
        self._file: Path | None = None
        self._connection: duckdb.DuckDBPyConnection | None = None

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> duckdb.DuckDBPyConnection:
        """Run a read-only statement on the version in force.

        Raises:
            NothingPublished: There is no version yet.
            duckdb.Error: The statement is wrong, or does more than read.
        """
        return self._connected().execute(sql, list(parameters))

    def pinned(self) -> tuple[str, duckdb.DuckDBPyConnection]:
        """The version in force and a connection to it, for statements that must see the same one.

        It is good until this reader is asked for anything else.

        Raises:
            NothingPublished: There is no version yet.
        """
        connection = self._connected()
        version = self._file.parent.name if self._file else ""
        return version, connection

    def close(self) -> None:
        """Let go of the version."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._file = None

    # A version can be removed between resolving the pointer and opening the file.
    @retry(
        retry=retry_if_exception_type(duckdb.IOException), stop=stop_after_attempt(3), reraise=True
    )
    def _connected(self) -> duckdb.DuckDBPyConnection:
        file = self._versions.current_file()
        if self._connection is None or file != self._file:
            self.close()
            self._connection = duckdb.connect(file, read_only=True, config=_reader_settings())
            self._file = file
        return self._connection


@contextmanager
def open_published(database: Path) -> Iterator[PublishedReader]:
    """A reader of the published versions of a database, for as long as wanted."""
    reader = PublishedReader(PublishedVersions(database))
    try:
        yield reader
    finally:
        reader.close()


def refuse_unless_passed(database: Path) -> None:
    """Refuse a database that is not as a build of all of it, that passed, has left it.

    Raises:
        NotPublishable: The text says why.
        LockNotHad: Another process kept the file.
    """
    if not database.exists():
        raise NotPublishable(f"there is no database {database}: run `warehouse build` first")
    with databases.connection(database, read_only=True) as connection:
        _refuse_unless_passed(connection)


def _refuse_unless_passed(connection: duckdb.DuckDBPyConnection) -> None:
    build = last_build(connection)
    if build is None:
        raise NotPublishable("the database was never built: run `warehouse build` first")
    if build.status == "running":
        raise NotPublishable("the last build did not finish: run `warehouse build` again")
    if build.selection is not None:
        raise NotPublishable(
            f"the last build was of a part only ({build.selection}): run `warehouse build` first"
        )
    if not build.is_publishable:
        raise NotPublishable(f"the last build failed:\n{build.error}")
    loaded = connection.execute(
        "select count(*) from main.raw_batches where loaded_at > ?", [build.started_at]
    ).fetchone()
    if loaded and loaded[0]:
        raise NotPublishable("rows were loaded since the last build: run `warehouse build` first")


def _reader_settings() -> dict[str, str | bool | int | float | list[str]]:
    return {**READER_SETTINGS, "memory_limit": memory_limit()}


def _copy(source: Path, target: Path) -> None:
    """Copy in another process: this one may hold the file (copy_file.py says why that matters)."""
    command = [sys.executable, "-I", str(_COPY_FILE), str(source), str(target)]
    copied = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - no shell, our own script
    if copied.returncode != 0:
        complaint = copied.stderr.strip().splitlines() or ["it does not say why"]
        raise PublishingFailed(f"{source} could not be copied to {target}: {complaint[-1]}")
    sync_folder(target.parent)
