"""A rebuild as known at a moment = a build from only what was known then, table by table."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from infra.orchestration.known_at import build_known_at
from tests.warehouse.eventful_world import shuffled
from tests.warehouse.random_histories import History, Shape, random_history
from tests.warehouse.restating import (
    Bench,
    assert_no_differing_rows,
    compare_databases,
    deliver,
    project_without_tests,
    write_deliveries,
)

SHAPE = Shape(accounts=8, days=30)
SEED = 5
LINEAGE = ("batch_id", "source_row")
"""Which load brought a row is no part of what was known."""


def moments(history: History) -> list[str]:
    """Five random moments, and fifteen more for the long run."""
    return random.Random(SEED).sample(history.moments()[20:], 20)  # noqa: S311 - nothing secret


def parameters() -> Iterator[object]:
    """The moments; all but the first five only in the long run."""
    for number, moment in enumerate(moments(random_history(SEED, SHAPE))):
        marks = [pytest.mark.long] if number >= 5 else []
        yield pytest.param(moment, marks=marks, id=moment.replace(" ", "T"))


@dataclass(frozen=True)
class Received:
    """A warehouse that received the whole history, and where others are built."""

    folder: Path
    bench: Bench
    project: Path
    everything: Path
    history: History


@pytest.fixture(scope="module")
def received(tmp_path_factory: pytest.TempPathFactory) -> Received:
    """Everything is received in another order than it became known: also too late."""
    folder = tmp_path_factory.mktemp("known_at")
    history = random_history(SEED, SHAPE)
    everything = folder / "everything.duckdb"
    for files in write_deliveries([shuffled(history.loads())], folder / "everything"):
        deliver(everything, files)
    return Received(
        folder, Bench(folder / "bench"), project_without_tests(folder), everything, history
    )


@pytest.mark.parametrize("moment", parameters())
def test_a_rebuild_as_known_equals_a_build_from_what_was_known(
    received: Received, moment: str
) -> None:
    rebuilt = received.bench.path
    result = build_known_at(
        received.everything, datetime.fromisoformat(moment), rebuilt, project=received.project
    )
    assert [line for failure in result.failures for line in failure.lines()] == []
    assert result.version is None
    kept = rebuilt.rename(received.folder / "rebuilt.duckdb")

    fresh = received.folder / "fresh.duckdb"
    folder = received.folder / moment.replace(" ", "T").replace(":", "")
    for files in write_deliveries([received.history.known_at(moment)], folder):
        deliver(fresh, files)
    received.bench.built(fresh, received.project, "build", "--full-refresh")

    assert_no_differing_rows(compare_databases(kept, fresh, ignored=LINEAGE))
    kept.unlink()
    fresh.unlink()
