"""The commands `warehouse quarantine list|show|export|resolve`: thin, over reading.quarantine."""

# ruff: noqa: PLC0415

import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

from infra.reading.text import as_text, table_lines
from producer.common.database_path import usable_warehouse_path
from producer.records import KINDS

quarantine_app = typer.Typer(
    help="Rejected rows: what is open, the rows, and what is resolved.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def _known_kind(kind: str | None) -> str | None:
    if kind is not None and kind not in KINDS:
        raise typer.BadParameter(f"{kind!r} is not one of {', '.join(KINDS)}")
    return kind


def _user() -> str:
    """Who runs this: by name, or by number as in a container."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # the second from Python 3.13
        return str(os.getuid())


OfKind = Annotated[
    str | None,
    typer.Option(metavar="KIND", help=f"One of {', '.join(KINDS)}.", callback=_known_kind),
]
WithResolved = Annotated[bool, typer.Option("--all", help="Resolved ones, too.")]


@quarantine_app.command("list")
def list_(*, kind: OfKind = None, with_resolved: WithResolved = False) -> None:
    """One line for each load, file and reason."""
    from infra.reading.quarantine import list_rejected

    found = list_rejected(usable_warehouse_path(), kind=kind, with_resolved=with_resolved)
    if not found:
        typer.echo("no rejected rows" if with_resolved else "no open rejected rows")
        return
    rows = [
        (line.batch_id, line.kind, line.file, line.row_count, line.state, line.reason)
        for line in found
    ]
    for text in table_lines(("batch", "kind", "file", "rows", "state", "reason"), rows):
        typer.echo(text)


@quarantine_app.command()
def show(
    row_id: Annotated[str, typer.Argument(metavar="ID", help="A batch, or one row: BATCH:ROW.")],
) -> None:
    """The rejected rows of a load, with the reason and the row itself."""
    from infra.reading.quarantine import show_rejected

    for row in show_rejected(usable_warehouse_path(), row_id):
        state = row.state
        if row.note is not None:
            state += f" by {row.resolved_by} at {row.resolved_at:%Y-%m-%d %H:%M:%S} UTC: {row.note}"
        typer.echo(as_text(f"{row.row_id}  {row.kind}, row {row.row} of {row.file}"))
        typer.echo(as_text(f"  reason  {row.reason}"))
        typer.echo(as_text(f"  row     {row.row_data}"))
        typer.echo(as_text(f"  state   {state}"))


@quarantine_app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new CSV file.")],
    *,
    kind: OfKind = None,
    batch: Annotated[str | None, typer.Option(metavar="BATCH", help="Only this load's.")] = None,
    with_resolved: WithResolved = False,
) -> None:
    """Write rejected rows of one kind as CSV, to be corrected and loaded again."""
    from infra.reading.quarantine import export_rejected

    written, uncut = export_rejected(
        usable_warehouse_path(), file, kind=kind, batch=batch, with_resolved=with_resolved
    )
    plural = "" if written == 1 else "s"
    typer.echo(f"{as_text(file)}: {written:,} row{plural} to be corrected and loaded again")
    if uncut:
        typer.echo(
            f"  {uncut:,} more could not be cut into columns: `warehouse quarantine show` has them"
        )


@quarantine_app.command()
def resolve(
    row_ids: Annotated[
        list[str], typer.Argument(metavar="ID...", help="Batches, or rows: BATCH:ROW.")
    ],
    *,
    note: Annotated[str, typer.Option(help="What was done about them, or why nothing.")],
    by: Annotated[str | None, typer.Option(help="Who says so; the user of this machine.")] = None,
) -> None:
    """Mark rejected rows as resolved; they stay in raw_quarantine."""
    from infra.reading.quarantine import resolve_rejected

    if not note.strip():
        raise typer.BadParameter("say what was done about them", param_hint="--note")
    count = resolve_rejected(usable_warehouse_path(), row_ids, note=note.strip(), by=by or _user())
    typer.echo(f"rows resolved: {count:,}")
