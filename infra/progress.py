"""Showing how far a run of dbt is: a bar on a terminal, plain lines anywhere else."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer

from infra.orchestration.dbt_run import Progress, Watcher

BUILT = ("model", "seed")


@contextmanager
def shown_progress(title: str) -> Iterator[Watcher]:
    """A watcher of dbt's events that shows them."""
    if not sys.stdout.isatty():
        yield _lines()
        return
    with _bar(title) as watcher:
        yield watcher


def _lines() -> Watcher:
    """A line for each table built and for each test that did not pass."""
    ended = 0

    def watch(progress: Progress) -> None:
        nonlocal ended
        if progress.status == "started":
            return
        ended += 1
        if progress.kind in BUILT or progress.status in ("fail", "error", "warn"):
            typer.echo(
                f"{ended}/{progress.total} {progress.kind} {progress.name}: {progress.status}"
            )

    return watch


@contextmanager
def _bar(title: str) -> Iterator[Watcher]:
    from rich.progress import (  # noqa: PLC0415 - only a terminal pays for it
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
    )
    from rich.progress import Progress as Bar  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[node]}", markup=False),
    )
    with Bar(*columns, transient=True) as bar:
        task = bar.add_task(title, total=None, node="reading the project")

        def watch(progress: Progress) -> None:
            bar.update(
                task,
                total=progress.total,
                advance=0 if progress.status == "started" else 1,
                node=f"{progress.kind} {progress.name}",
            )

        yield watch
