"""One late trade in a warehouse of a million: what an incremental build costs beside a full one."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.orchestration.dbt_run import run_dbt
from infra.orchestration.paths import dbt_folder
from producer.common.duckdb_writer import DuckDBWriter
from tests.warehouse.building import loading_clock
from tests.warehouse.bulk_history import BulkShape, bulk_history
from tests.warehouse.restating import project_without_tests

pytestmark = pytest.mark.benchmark

SHAPE = BulkShape(
    accounts=200, symbols=40, held=20, days=500, trades=1_000_000, is_plain=True, desks=8
)
LIMIT = 0.10
SHOWN = 6


@dataclass(frozen=True)
class EngineTime:
    """What the models of one build took."""

    seconds: dict[str, float]
    wall: float

    @property
    def total(self) -> float:
        """Seconds of all models together."""
        return sum(self.seconds.values())

    def slowest(self) -> str:
        """The models that took longest."""
        longest = sorted(self.seconds.items(), key=lambda each: -each[1])[:SHOWN]
        return ", ".join(f"{name} {seconds:.2f}" for name, seconds in longest)


class Site:
    """A database, and the project that builds it."""

    def __init__(self, folder: Path) -> None:
        """Set up in an empty folder; the project's tests are left out."""
        self._database = folder / "portfolio.duckdb"
        self._project = project_without_tests(folder)
        self._history = bulk_history(SHAPE)
        self._history.write(self._database)
        self._late_trades = 0

    def build(self) -> EngineTime:
        """Run `dbt build` and add up what its models took."""
        begin = time.perf_counter()
        with run_dbt(["build"], database=self._database, project=self._project) as run:
            outcome = run.outcome
        wall = time.perf_counter() - begin
        assert outcome.is_success, [node.message for node in outcome.nodes if node.has_failed]
        target = dbt_folder(self._database, self._project) / "target"
        results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
        return EngineTime(
            {
                str(result["unique_id"]).split(".")[-1]: float(result["execution_time"])
                for result in results
                if str(result["unique_id"]).startswith("model.")
            },
            wall,
        )

    def tell_late(self, day: int) -> str:
        """Tell of a trade that was executed on a day of the history; returns the day."""
        self._late_trades += 1
        trade = self._history.tables["trades"].slice(0, 1).to_pylist()[0]
        trade |= {
            "trade_id": f"LATE{self._late_trades}",
            "executed_at": f"{self._history.days[day]}T15:00:00",
            "ingested_at": "2026-01-02T11:00:00",
        }
        clock = loading_clock(3600 + self._late_trades)
        DuckDBWriter(self._database, clock).write_trade(trade)
        return self._history.days[day]


def test_one_late_trade_costs_less_than_a_tenth_of_a_full_build(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = Site(tmp_path)
    full = site.build()
    lines = [
        f"{SHAPE.trades:,} trades, {SHAPE.accounts} accounts, {SHAPE.days} days",
        f"full build: models {full.total:.1f} s (whole call {full.wall:.0f} s): {full.slowest()}",
    ]
    ratios = []
    for when, day in (("in the middle", SHAPE.days // 2), ("three days before the end", -4)):
        date = site.tell_late(day)
        late = site.build()
        ratios.append(late.total / full.total)
        lines.append(
            f"one late trade {when} ({date}): models {late.total:.1f} s (whole call"
            f" {late.wall:.0f} s), {100 * ratios[-1]:.1f} % of full: {late.slowest()}"
        )
    with capsys.disabled():
        print("\n" + "\n".join(lines))  # noqa: T201 - what a benchmark is for
    assert ratios[0] < LIMIT
