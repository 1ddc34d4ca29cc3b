"""Loading a simulated history into the warehouse."""

import sys
from pathlib import Path
from typing import Any

from producer.common.duckdb_writer import DuckDBWriter
from producer.common.landing import LoadResult
from producer.simulation import KINDS, read_world, simulate, write_world


def load_world(
    database: Path, world_file: Path | None = None, **arguments: Any
) -> dict[str, LoadResult]:
    """Simulate a world and load it; a world that is there already adds nothing.

    Args:
        database: The DuckDB file; it is made when there is none.
        world_file: The settings of the world; None: those of `world.yml`.
        arguments: Settings that have precedence over the file's.

    Returns:
        For each kind what became of its rows.

    Raises:
        WorldConfigError: The file or an argument is wrong; the message names it.
        LockNotHad: Another process kept the database.
    """
    from rich.progress import Progress  # noqa: PLC0415 - `warehouse --help` need not wait for it

    world = simulate(read_world(world_file, **arguments))
    with (
        Progress(transient=True, disable=not sys.stdout.isatty()) as bars,
        DuckDBWriter(database, source="simulation") as writer,
    ):
        bar = bars.add_task("simulate", total=len(KINDS))

        def show(kind: str, _done: int, total: int) -> None:
            bars.update(bar, description=f"simulate {kind}", advance=1 / total)

        return write_world(world, writer, show)
