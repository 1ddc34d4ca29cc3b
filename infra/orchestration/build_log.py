"""The log of builds, kept in the database: a published version carries that of its own build."""

from dataclasses import dataclass
from datetime import datetime

import duckdb

CREATE = """
create table if not exists main.warehouse_builds (
    build_id varchar not null primary key,
    started_at timestamp not null,
    finished_at timestamp,
    status varchar not null check (status in ('running', 'passed', 'failed')),
    selection varchar,
    built_count integer,
    tests_passed integer,
    tests_warned integer,
    tests_failed integer,
    error varchar
)
"""

START = """
insert into main.warehouse_builds (build_id, started_at, status, selection)
values (?, ?, 'running', ?)
"""

FINISH = """
update main.warehouse_builds
set
    finished_at = cast(? as timestamp), status = ?, built_count = ?,
    tests_passed = ?, tests_warned = ?, tests_failed = ?, error = ?
where build_id = ?
"""

_BUILDS = """
select
    build_id, started_at, finished_at, status, selection,
    built_count, tests_passed, tests_warned, tests_failed, error
from main.warehouse_builds
"""
_LAST = f"{_BUILDS} order by started_at desc, build_id desc limit 1"
_LAST_FINISHED = (
    f"{_BUILDS} where finished_at is not null order by finished_at desc, build_id desc limit 1"
)


@dataclass(frozen=True, slots=True)
class LoggedBuild:
    """One build. A build that was killed stays `running` for ever."""

    build_id: str
    started_at: datetime
    finished_at: datetime | None
    status: str
    selection: str | None
    built_count: int | None
    tests_passed: int | None
    tests_warned: int | None
    tests_failed: int | None
    error: str | None

    @property
    def is_publishable(self) -> bool:
        """Whether all of the database was built and every error-severity test passed."""
        return self.status == "passed" and self.selection is None


def last_build(connection: duckdb.DuckDBPyConnection) -> LoggedBuild | None:
    """The build that last changed the database; None when there was none."""
    return _build(connection, _LAST)


def last_finished_build(connection: duckdb.DuckDBPyConnection) -> LoggedBuild | None:
    """The build that ended last; None when none did."""
    return _build(connection, _LAST_FINISHED)


def _build(connection: duckdb.DuckDBPyConnection, query: str) -> LoggedBuild | None:
    try:
        row = connection.execute(query).fetchone()
    except duckdb.CatalogException:
        return None
    return LoggedBuild(*row) if row else None
