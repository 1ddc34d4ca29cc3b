"""Building the warehouse: dbt's models and tests, and then, if all passed, publishing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from infra.orchestration import build_log
from infra.orchestration.comments import apply_comments
from infra.orchestration.dbt_run import DbtFailed, DbtRun, Node, Outcome, Watcher, run_dbt
from infra.orchestration.missing_rates import MODEL, QUERY, MissingRate, missing_rates
from infra.orchestration.paths import DBT_PROJECT, manifest_file
from infra.orchestration.publishing import (
    HELD_FILE_IS_READABLE,
    PublishedVersions,
    refuse_unless_passed,
)
from producer.common import database as databases
from producer.common.clock import Clock, system_clock
from producer.common.file_lock import writing

SHOWN_ROWS = 5
LIST_EXCEPTIONS = 'warehouse query "select * from main_facts.fact_booking_exceptions"'
"""The call that shows what is not booked, or booked and doubtful, in the published version."""
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
"""They are about the code, which a user's rows do not change: `make test` runs them."""


EXCEPTIONS = "fact_booking_exceptions"
COUNT_EXCEPTIONS = f"""
select record_type, reason, count(*) as record_count
from main_facts.{EXCEPTIONS}
group by record_type, reason
order by record_count desc, record_type, reason
"""  # noqa: S608 - a name of our own


def listing_line(*, is_published: bool) -> str:
    """How exceptions are listed: the call reads what is published, maybe older, maybe nothing."""
    when = "" if is_published else " once a build is published"
    return f"they are listed{when} by: {LIST_EXCEPTIONS}"


@dataclass(frozen=True, slots=True)
class Problem:
    """A model that could not be built, or a test that found rows at fault."""

    node: Node
    rows: tuple[dict[str, Any], ...] = ()
    """The first rows at fault."""

    def lines(self) -> Iterator[str]:
        """What a person needs to act: which one, why, on which rows. Nothing is cut."""
        node = self.node
        kind = node.kind.replace("_", " ")
        if node.kind == "test" and node.failing_rows is not None:
            plural = "" if node.failing_rows == 1 else "s"
            verb = "failed" if node.has_failed else "warns"
            yield f"{kind} {node.name} {verb} on {node.failing_rows:,} row{plural}"
        else:
            yield f"{kind} {node.name} failed: {(node.message or '').strip()}"
        for row in self.rows:
            yield "    " + ", ".join(f"{name}={value}" for name, value in row.items())
        if self.rows and node.failing_rows and node.failing_rows > len(self.rows):
            yield f"    (the first {len(self.rows)} rows)"


@dataclass(frozen=True, slots=True)
class ExceptionCount:
    """Records that are not booked, or booked and doubtful, for one reason."""

    record_type: str
    reason: str
    record_count: int


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What became of a build."""

    outcome: Outcome
    failures: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    version: str | None = None
    """The version it was published as."""
    exceptions: tuple[ExceptionCount, ...] = ()
    """What the books of this build do not hold, or hold with a doubt."""
    missing_rates: tuple[MissingRate, ...] = ()
    """Rates without which amounts are unknown; they hold nothing up."""

    @property
    def is_passed(self) -> bool:
        """Whether every model was built and every error-severity test passed."""
        return self.outcome.is_success

    @property
    def built_count(self) -> int:
        """Models, seeds and snapshots built."""
        return self.outcome.count("success", tests=False)

    @property
    def tests_passed(self) -> int:
        """Tests that passed."""
        return self.outcome.count("pass", tests=True)

    @property
    def tests_warned(self) -> int:
        """Tests that only warn, and did."""
        return self.outcome.count("warn", tests=True)

    @property
    def tests_failed(self) -> int:
        """Tests that failed, or could not be run."""
        return sum(node.is_test and node.has_failed for node in self.outcome.nodes)

    def error_lines(self) -> Iterator[str]:
        """Why it failed, for a person."""
        if self.outcome.error:
            yield self.outcome.error
        for failure in self.failures:
            yield from failure.lines()

    def report_lines(self) -> Iterator[str]:
        """What was done, for a person."""
        for warning in self.warnings:
            yield from warning.lines()
        yield (
            f"models and seeds built: {self.built_count:,}; tests passed: {self.tests_passed:,},"
            f" warned: {self.tests_warned:,}, failed: {self.tests_failed:,}"
        )
        if self.exceptions:
            yield "booking exceptions:"
            for count in self.exceptions:
                record_type = count.record_type.replace("_", " ")
                yield f"    {record_type}: {count.record_count:,} {count.reason}"
            yield f"  {listing_line(is_published=self.version is not None)}"
        yield f"published version {self.version}" if self.version else "nothing was published"
        for rate in self.missing_rates:
            yield rate.line()


def build(
    database: Path,
    *,
    full_refresh: bool = False,
    select: str | None = None,
    publish: bool = True,
    project: Path = DBT_PROJECT,
    clock: Clock = system_clock,
    watcher: Watcher | None = None,
) -> BuildResult:
    """Build models and data tests with dbt, and publish the whole project if it passed.

    From the first statement to the end of the copy nobody else can write to the database, so a
    published version holds exactly what was tested.

    Args:
        database: The DuckDB file; it is made when there is none.
        full_refresh: Whether incremental models start anew.
        select: A dbt selection; such a build never publishes.
        publish: Whether a build of the whole project that passed is published.
        project: The dbt project.
        clock: Gives the time at which the build begins and ends.
        watcher: Notified of each model and test as it begins and ends.

    Raises:
        LockNotHad: Another process kept the database.
        UnusableInput: The path can be no database, or the folder of versions is not its own.
        DbtFailed: dbt died.
        PublishingFailed: The build passed, but could not be copied.
    """
    arguments = ["build", *WITHOUT_UNIT_TESTS]
    arguments += ["--full-refresh"] if full_refresh else []
    arguments += ["--select", select] if select is not None else []
    versions = PublishedVersions(database) if publish else None
    with writing(database, "warehouse build"):
        build_id = _log_start(database, select, clock)
        with run_dbt(arguments, database=database, project=project, watcher=watcher) as run:
            result = _examine(run)
            _log_finish(run, database, build_id, result, clock)
            if not result.is_passed or select is not None:
                return result
            apply_comments(run, manifest_file(database, project))
            if versions is None:
                return result
            run.execute("checkpoint")
            if HELD_FILE_IS_READABLE:
                return _published(result, versions, clock)
        return _published(result, versions, clock)


def publish_again(
    database: Path,
    *,
    project: Path = DBT_PROJECT,
    clock: Clock = system_clock,
    watcher: Watcher | None = None,
) -> BuildResult:
    """Publish the database as it was last built, if it still passes every test.

    The tests are run again, because dbt can be called without this command and leave other tables.

    Args:
        database: The DuckDB file.
        project: The dbt project.
        clock: Names the version.
        watcher: Notified of each test as it begins and ends.

    Raises:
        NotPublishable: It was never built whole, its last build did not pass, or rows were loaded
            since.
        LockNotHad: Another process kept the database.
        DbtFailed: dbt died.
        PublishingFailed: It could not be copied.
    """
    refuse_unless_passed(database)
    versions = PublishedVersions(database)
    arguments = ["test", *WITHOUT_UNIT_TESTS]
    with writing(database, "warehouse publish"):
        with run_dbt(arguments, database=database, project=project, watcher=watcher) as run:
            result = _examine(run)
            if not result.is_passed:
                return result
            apply_comments(run, manifest_file(database, project))
            run.execute("checkpoint")
            if HELD_FILE_IS_READABLE:
                return _published(result, versions, clock)
        return _published(result, versions, clock)


def _published(result: BuildResult, versions: PublishedVersions, clock: Clock) -> BuildResult:
    return replace(result, version=versions.add(clock()))


def _log_start(database: Path, select: str | None, clock: Clock) -> str:
    started_at = clock()
    build_id = started_at.strftime("%Y%m%dT%H%M%S%fZ")
    with databases.connection(database) as connection:
        databases.create_raw_tables(connection)
        connection.execute(build_log.CREATE)
        connection.execute(build_log.START, [build_id, started_at, select])
    return build_id


def _log_finish(
    run: DbtRun, database: Path, build_id: str, result: BuildResult, clock: Clock
) -> None:
    parameters = [
        clock().isoformat(sep=" "),
        "passed" if result.is_passed else "failed",
        result.built_count,
        result.tests_passed,
        result.tests_warned,
        result.tests_failed,
        "\n".join(result.error_lines()) or None,
        build_id,
    ]
    try:
        run.execute(build_log.FINISH, parameters)
    except DbtFailed:  # dbt did not get as far as opening the database
        run.let_go()
        with databases.connection(database) as connection:
            connection.execute(build_log.FINISH, parameters)


def _examine(run: DbtRun) -> BuildResult:
    failed = [node for node in run.outcome.nodes if node.has_failed]
    warned = [node for node in run.outcome.nodes if node.status == "warn"]
    return BuildResult(
        run.outcome,
        failures=tuple(Problem(node, _rows_at_fault(run, node)) for node in failed),
        warnings=tuple(Problem(node, _rows_at_fault(run, node)) for node in warned),
        exceptions=tuple(
            ExceptionCount(**count) for count in _rows_if_built(run, EXCEPTIONS, COUNT_EXCEPTIONS)
        ),
        missing_rates=missing_rates(row.values() for row in _rows_if_built(run, MODEL, QUERY)),
    )


def _rows_if_built(run: DbtRun, model: str, query: str) -> list[dict[str, Any]]:
    """What a query says of a model, if this run got as far as building it."""
    if not any(node.name == model and node.status == "success" for node in run.outcome.nodes):
        return []
    try:
        return run.execute(query)
    except DbtFailed:
        return []  # why dbt cannot answer any more is reported all the same


def _rows_at_fault(run: DbtRun, node: Node) -> tuple[dict[str, Any], ...]:
    if node.kind != "test" or not node.sql or not node.failing_rows:
        return ()
    try:
        # The query of a test may end in a comment.
        return tuple(run.execute(f"select * from (\n{node.sql}\n) limit {SHOWN_ROWS}"))  # noqa: S608 - dbt's own SQL
    except DbtFailed:
        return ()  # the test itself is reported all the same
