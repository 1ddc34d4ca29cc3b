"""`make demo`: a simulated world from nothing to its risk report, with what it took.

Each step is a call of the `warehouse` command, shown as a user would type it.
"""

import sys
import time
from collections.abc import Sequence

import typer

from infra.cli import run
from infra.memory import PeakMemory

STEPS = (("init",), ("simulate",), ("build",), ("report",))


def demo(steps: Sequence[Sequence[str]] = STEPS) -> int:
    """Run the steps until one fails.

    Returns:
        The exit code of the last step that was run.
    """
    began = time.monotonic()
    with PeakMemory() as memory:
        code = _run_all(steps)
    typer.echo(
        f"{time.monotonic() - began:.0f} seconds,"
        f" {memory.peak_bytes / 2**20:,.0f} MB of memory at the peak, all processes together"
    )
    return code


def _run_all(steps: Sequence[Sequence[str]]) -> int:
    for step in steps:
        typer.echo(f"$ warehouse {' '.join(step)}")
        code = run(step)
        typer.echo("")
        if code != 0:
            return code
    return 0


if __name__ == "__main__":
    sys.exit(demo())
