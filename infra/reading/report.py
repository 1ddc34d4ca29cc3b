"""The risk report: what the published warehouse says on its last day.

Its figures are the rows of the models in dbt/models/reports; beside them it shows how fresh the
raw tables are and which build it is of. Its words are in templates/report.j2. Here rows are read,
and the name of a column decides how its values are shown.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from infra.orchestration.build_log import last_finished_build
from infra.orchestration.publishing import open_published
from infra.reading.queries import one_line
from infra.reading.status import open_quarantine, raw_table
from infra.reading.text import as_text, table_lines
from infra.writing import write_atomically
from producer.common.clock import Clock, system_clock
from producer.common.errors import UnusableInput, WarehouseError
from producer.records import KINDS

TEMPLATES = Path(__file__).with_name("templates")
MODELS = ("scopes", "missing_rates", "value_at_risk", "stress_tests", "largest_positions")
"""The template knows the rows of main_reports.report_<name> by this name."""
LOADS = ("trades", "prices", "cash_events")
_NO_PLACE_FOR_A_FILE = (FileExistsError, IsADirectoryError, NotADirectoryError, PermissionError)

Row = Mapping[str, Any]


class ReportFailed(WarehouseError):  # noqa: N818 - says what happened
    """The published version lacks what the report reads, or the page could not be written."""


@dataclass(frozen=True, slots=True)
class Report:
    """All that the report shows, of one published version."""

    version: str
    made_on: date
    """The day on which it is read: says how old the figures are."""
    rows: Mapping[str, Sequence[Row]]

    def text(self) -> str:
        """The report for a terminal."""
        return self._filled("text")

    def page(self) -> str:
        """The report as one HTML page that needs no other file."""
        return self._filled("page")

    def _filled(self, form: str) -> str:
        template = environment(is_page=form == "page").get_template("report.j2")
        return template.render(form=form, version=self.version, made_on=self.made_on, **self.rows)


def report(database: Path, *, clock: Clock = system_clock) -> Report:
    """Read the report from the published version; all of it from one.

    Args:
        database: The DuckDB file.
        clock: Gives the time, for how old the figures are.

    Raises:
        NothingPublished: There is no version yet.
        ReportFailed: The version lacks what the report reads.
    """
    with open_published(database) as reader:
        version, connection = reader.pinned()
        try:
            rows = {
                name: _rows(
                    connection,
                    f"select * from main_reports.report_{name} order by display_order",  # noqa: S608 - names of our own
                )
                for name in MODELS
            }
            rows |= {"loads": _loads(connection), "builds": _builds(connection)}
        except duckdb.Error as error:
            raise ReportFailed(
                f"the published version {version} holds not all that the report reads; build it"
                f" anew with `warehouse build` ({one_line(error)})"
            ) from error
    return Report(version, clock().date(), rows)


def write_page(report: Report, path: Path) -> None:
    """Write the report as one HTML file.

    Raises:
        UnusableInput: That is no place for a file.
        ReportFailed: It could not be written; what was there before stays.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, report.page())
    except _NO_PLACE_FOR_A_FILE as error:
        raise UnusableInput(f"{path}: cannot be written ({error.strerror})") from error
    except OSError as error:
        raise ReportFailed(f"{path}: cannot be written ({error.strerror or error})") from error


def _rows(connection: duckdb.DuckDBPyConnection, sql: str) -> list[Row]:
    """Rows by column name. Text is made harmless here, whatever the template does with it."""
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    return [
        {
            name: as_text(value) if isinstance(value, str) else value
            for name, value in zip(names, row, strict=True)
        }
        for row in result.fetchall()
    ]


def _loads(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """How full and fresh the raw tables are; no model, since only staging reads them."""
    quarantined: Counter[str] = Counter()
    for reason in open_quarantine(connection):
        quarantined[reason.kind] += reason.row_count
    tables = {kind: raw_table(connection, KINDS[kind].TABLE) for kind in LOADS}
    return [
        {
            "kind": kind.replace("_", " "),
            "row_count": table.row_count,
            "last_event_at": table.last_event_at,
            "last_load_at": table.last_load_at,
            "quarantined_count": quarantined[kind],
        }
        for kind, table in tables.items()
    ]


def _builds(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """The build that the version is of; another one may have begun since."""
    build = last_finished_build(connection)
    if build is None:
        return []
    return [
        {
            "finished_at": build.finished_at,
            "status": build.status,
            "built_count": build.built_count,
            "tests_passed_count": build.tests_passed,
            "tests_warned_count": build.tests_warned,
            "tests_failed_count": build.tests_failed,
        }
    ]


# ---------------------------------------------------------------- the form of values


def _as_moment(value: Any) -> str:
    return f"{value:%Y-%m-%d %H:%M:%S}"


def _as_quantity(value: Decimal) -> str:
    """Every digit there is, without the zeros that end a fraction."""
    shown = f"{value:,f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def _as_answer(value: bool) -> str:  # noqa: FBT001 - the value of a cell
    return "yes" if value else "no"


_as_amount = "{:,.2f}".format
_as_whole = "{:,}".format

# The report shows cents and hundredths of a percent; the warehouse keeps every digit.
_FORMATS: tuple[tuple[tuple[str, ...], Callable[[Any], str]], ...] = (
    (("_value", "_balance", "_amount", "_pnl", "_price", "_per_share", "_to_date"), _as_amount),
    (("confidence_pct",), "{:g} %".format),
    (("_pct",), "{:,.2f} %".format),
    (("_ratio",), _as_amount),
    (("_count", "_days"), _as_whole),
    (("_position",), _as_quantity),
    (("_at",), _as_moment),
    (("is_fallback",), _as_answer),
)
_WORDS = (as_text, _as_moment, _as_answer)
"""They stand at the left, numbers at the right."""


def _format_of(column: str) -> Callable[[Any], str]:
    return next((show for endings, show in _FORMATS if column.endswith(endings)), as_text)


@dataclass(frozen=True, slots=True)
class Table:
    """A table as a reader sees it."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[bool, ...]
    """Which columns stand at the right."""

    def lines(self) -> Iterator[str]:
        """Aligned columns; none without rows."""
        if self.rows:
            yield from table_lines(self.headings, self.rows, self.right)


def table(rows: Sequence[Row], columns: Mapping[str, str]) -> Table:
    """Some columns of rows, by heading."""
    shown_by = {column: _format_of(column) for column in columns.values()}
    cells = (
        ("" if row[column] is None else show(row[column]) for column, show in shown_by.items())
        for row in rows
    )
    return Table(
        tuple(columns),
        tuple(map(tuple, cells)),
        tuple(show not in _WORDS for show in shown_by.values()),
    )


def environment(*, is_page: bool) -> Environment:
    """What the templates are filled in by; a page escapes what is no HTML."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=is_page,  # noqa: S701 - a terminal shows text as it is
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["table"] = table
    made.filters |= {"amount": _as_amount, "whole": _as_whole}
    return made
