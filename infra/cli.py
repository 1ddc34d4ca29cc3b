"""The `warehouse` command: thin, over functions that can be imported.

Exit codes: 0 done; 1 the work failed; 2 wrong usage or unusable input; 3 some rows quarantined.
What a command needs is imported inside it, so that `warehouse --help` does not wait for dbt.
"""

# ruff: noqa: PLC0415

import os
import re
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from infra.quarantine_cli import quarantine_app
from infra.reading.formats import Format
from producer.common.errors import WarehouseError
from producer.common.text import escaped
from producer.records import KINDS

if TYPE_CHECKING:
    from infra.orchestration.building import BuildResult

FAILED = 1
QUARANTINED = 3
STOPPED = 130
"""The command line's own code for Ctrl-C; ours is FAILED."""

app = typer.Typer(
    name="warehouse",
    help="A dbt + DuckDB warehouse for portfolio performance and risk.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
app.add_typer(quarantine_app, name="quarantine")


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - how typer calls it
    if wanted:
        from importlib.metadata import version

        typer.echo(f"warehouse {version('portfolio-risk-warehouse')}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """A dbt + DuckDB warehouse for portfolio performance and risk."""


def _known_kind(kind: str) -> str:
    if kind not in KINDS:
        raise typer.BadParameter(f"{kind!r} is not one of {', '.join(KINDS)}")
    return kind


Kind = Annotated[
    str,
    typer.Argument(metavar="KIND", help=f"One of {', '.join(KINDS)}.", callback=_known_kind),
]


def _moment(text: str) -> datetime:
    """A moment in UTC, of a whole day and perhaps a time; a time without an offset is UTC."""
    from dateutil import parser

    try:
        # isoparse alone would take "2025-06" for the first of June.
        if not re.match(r"\d{4}-?\d\d-?\d\d", text):
            raise ValueError("a whole day comes first")
        moment = parser.isoparse(text)
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(
            f"{text!r} is not a moment; write for example 2025-12-30,"
            " 2025-12-30T22:00:00 (UTC) or 2025-12-30T17:00:00-05:00"
        ) from error


Day = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="YYYY-MM-DD")]


@app.command()
def init() -> None:
    """Create the database, its raw tables and its seeds, or bring them up to date."""
    from infra.init.initialising import initialise

    database = _database()
    initialise(database)
    typer.echo(f"{database} is ready")


@app.command()
def simulate(
    start: Day = None,
    end: Day = None,
    accounts: Annotated[int | None, typer.Option(min=1)] = None,
    symbols: Annotated[int | None, typer.Option(min=1)] = None,
    trades_per_day: Annotated[float | None, typer.Option(min=0)] = None,
    seed: Annotated[int | None, typer.Option(min=0)] = None,
    world: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="YAML file with settings that differ from producer/simulation/world.yml.",
        ),
    ] = None,
) -> None:
    """Load a reproducible history: the same arguments give the same bytes."""
    from infra.ingesting import counts
    from infra.simulating import load_world

    arguments = {
        "start": _day(start),
        "end": _day(end),
        "accounts": accounts,
        "symbols": symbols,
        "trades_per_day": trades_per_day,
        "seed": seed,
    }
    given = {name: value for name, value in arguments.items() if value is not None}
    results = load_world(_database(), world, **given)
    for kind, result in results.items():
        typer.echo(f"{kind}: {counts(result)}")
    if any(result.quarantined for result in results.values()):
        raise typer.Exit(QUARANTINED)


@app.command()
def stream(
    duration: Annotated[
        float | None, typer.Option(min=0, help="Seconds; without it, until stopped.")
    ] = None,
) -> None:
    """Run the live producers of trades, prices and cash, in real time."""
    from infra.streaming import stream as run_producers

    for name, written in run_producers(_database(), duration=duration).items():
        typer.echo(f"{name}: {written:,} events")


@app.command()
def ingest(
    kind: Kind,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="CSV or Parquet.")],
) -> None:
    """Load CSV or Parquet files; each is loaded whole or not at all."""
    from infra.ingesting import ingest_files

    raise typer.Exit(ingest_files(_database(), kind, files, say=typer.echo, complain=_error))


@app.command()
def build(
    *,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Build incremental models anew.")
    ] = False,
    select: Annotated[
        str | None, typer.Option(help="A dbt selection; such a build is not published.")
    ] = None,
    known_at: Annotated[
        datetime | None,
        typer.Option(
            parser=_moment,
            metavar="MOMENT",
            help="Rebuild as known at this moment, with --into: 2025-12-30 or 2025-12-30T22:00:00,"
            " in UTC unless an offset such as -05:00 follows.",
        ),
    ] = None,
    into: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The new file of a --known-at rebuild.")
    ] = None,
) -> None:
    """Build and test everything with dbt, and publish it if every test passed."""
    from infra.orchestration.building import build as build_warehouse
    from infra.orchestration.known_at import build_known_at
    from infra.progress import shown_progress

    if (known_at is None) != (into is None):
        raise typer.BadParameter("--known-at and --into belong together")
    if known_at is not None and (full_refresh or select is not None):
        raise typer.BadParameter("a --known-at rebuild is always of everything")
    with shown_progress("build") as watcher:
        if known_at is not None and into is not None:
            result = build_known_at(_database(), known_at, into.absolute(), watcher=watcher)
        else:
            result = build_warehouse(
                _database(), full_refresh=full_refresh, select=select, watcher=watcher
            )
    _tell(result)


@app.command()
def publish(
    *,
    rollback: Annotated[
        bool, typer.Option("--rollback", help="Go back to the version before.")
    ] = False,
) -> None:
    """Test and publish the last build again, or go back one version."""
    from infra.orchestration.building import publish_again
    from infra.orchestration.publishing import rollback as roll_back
    from infra.progress import shown_progress

    if rollback:
        typer.echo(f"back at version {roll_back(_database())}")
        return
    with shown_progress("test") as watcher:
        result = publish_again(_database(), watcher=watcher)
    _tell(result)


@app.command()
def status() -> None:
    """Rows, freshness, quarantine, booking exceptions, the last build, the published version."""
    from infra.reading.status import status as look

    for line in look(_database()).lines():
        typer.echo(line)


# A query may begin with a comment, which looks like an option.
@app.command(context_settings={"ignore_unknown_options": True})
def query(
    sql: Annotated[str, typer.Argument(metavar="SQL")],
    form: Annotated[Format, typer.Option("--format")] = Format.TABLE,
) -> None:
    """Run SQL on the published version, read-only."""
    from infra.reading.queries import query as run_query

    run_query(_database(), sql, sys.stdout, form)
    sys.stdout.flush()  # here a reader that has gone is noticed, and not when Python ends


@app.command()
def report(
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it as one HTML page instead.")
    ] = None,
) -> None:
    """The risk report of the published version."""
    from infra.reading import report as reports

    read = reports.report(_database())
    if html is None:
        typer.echo(read.text(), nl=False)
    else:
        reports.write_page(read, html)
        typer.echo(f"the report is in {html.absolute()}")


@app.command()
def docs(
    *,
    serve: Annotated[
        bool, typer.Option("--serve", help="Serve it on this machine until stopped.")
    ] = False,
    host: Annotated[str, typer.Option(help="Address to serve on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to serve on.", min=0, max=65535)] = 8080,
) -> None:
    """Generate the dbt docs site, one page that opens from disk."""
    from infra.orchestration.docs_site import docs_server, generate_docs

    page = generate_docs(_database())
    typer.echo(f"the docs are in {page}")
    if serve:
        with docs_server(page, address=host, port=port) as server:
            typer.echo(f"serving them on http://{host}:{server.server_address[1]}/ until stopped")
            with suppress(KeyboardInterrupt):
                server.serve_forever()


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one call of the command.

    Args:
        arguments: What follows `warehouse`; by default that of this process.

    Returns:
        The exit code. Errors go to stderr in plain lines, without a traceback.
    """
    _make_output_safe()
    command = typer.main.get_command(app)
    try:
        command(args=None if arguments is None else list(arguments), prog_name="warehouse")
    except SystemExit as stop:
        if stop.code == STOPPED:
            _error("stopped")
        return stop.code if stop.code in (0, 1, 2, 3) else FAILED  # type: ignore[return-value]
    except WarehouseError as error:
        _error(str(error))
        return error.exit_code
    except Exception as error:
        _unexpected(error)
    return FAILED


def main() -> NoReturn:
    """The console script."""
    sys.exit(run())


def _tell(result: "BuildResult") -> None:
    for line in result.report_lines():
        typer.echo(line)
    if not result.is_passed:
        for line in result.error_lines():
            typer.echo(line, err=True)
        raise typer.Exit(FAILED)


def _unexpected(error: Exception) -> None:
    if os.environ.get("WAREHOUSE_DEBUG") == "1":
        traceback.print_exception(error)
        return
    reason = " ".join(str(error).split()) or "no reason given"
    _error(f"{reason} ({type(error).__name__}; WAREHOUSE_DEBUG=1 shows where)")


def _error(line: str) -> None:
    typer.echo(f"error: {escaped(line)}", err=True)


def _database() -> Path:
    from producer.common.database_path import usable_warehouse_path

    return usable_warehouse_path()


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None


def _make_output_safe() -> None:
    """A character that the terminal cannot show is shown by its code, and is no error."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
