"""One late trade in a warehouse of a million: what an incremental build costs beside a full one."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from infra.orchestration.dbt_run import run_dbt
from infra.orchestration.paths import dbt_folder
from producer.common.duckdb_writer import DuckDBWriter
from tests.warehouse.building import loading_clock
from tests.warehouse.bulk_history import BulkShape, bulk_history
from tests.warehouse.restating import project_without_tests

pytestmark = pytest.mark.benchmark

# A dozen position-days a trade, as books of some years have.
SHAPE = BulkShape(
    accounts=1_000, symbols=60, held=24, days=500, trades=1_000_000, is_plain=True, desks=20
)
LIMIT = 0.10
SHOWN = 6


@dataclass(frozen=True)
class EngineTime:
    """How long the engine worked at the models of one build, and how long the whole call took."""

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
        """Run `dbt build`; add up what its statements took, as dbt logs them, and the kernels."""
        begin = time.perf_counter()
        with pytest.MonkeyPatch.context() as patch:
            # Statements are events of the level debug, which our builds do not log.
            patch.setenv("DBT_LOG_LEVEL_FILE", "debug")
            patch.setenv("DBT_LOG_FORMAT_FILE", "json")
            with run_dbt(["build"], database=self._database, project=self._project) as run:
                outcome = run.outcome
        wall = time.perf_counter() - begin
        assert outcome.is_success, [node.message for node in outcome.nodes if node.has_failed]
        folder = dbt_folder(self._database, self._project)
        run_results = json.loads((folder / "target" / "run_results.json").read_text("utf-8"))
        seconds: dict[str, float] = defaultdict(float)
        for result in run_results["results"]:
            if result["unique_id"].endswith("_kernel"):
                seconds[_name(result["unique_id"])] += result["execution_time"]
        for event in _events(folder / "logs", run_results["metadata"]["invocation_id"]):
            node = event["data"].get("node_info", {}).get("unique_id", "")
            is_sql_of_model = event["info"]["name"] == "SQLQueryStatus" and node.startswith(
                "model."
            )
            if is_sql_of_model and not node.endswith("_kernel"):
                seconds[_name(node)] += event["data"]["elapsed"]
        return EngineTime(seconds, wall)

    def tell_late(self, day: int) -> str:
        """Load a trade that was executed on a day of the history; returns the day."""
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


def _name(unique_id: str) -> str:
    return unique_id.rsplit(".", maxsplit=1)[-1]


def _events(logs: Path, invocation_id: str) -> Iterator[dict[str, Any]]:
    """What dbt logged of one call."""
    for log in logs.glob("dbt.log*"):
        for line in log.read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            if event["info"]["invocation_id"] == invocation_id:
                yield event


def test_one_late_trade_costs_less_than_a_tenth_of_a_full_build(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = Site(tmp_path)
    full = site.build()
    lines = [
        f"{SHAPE.trades:,} trades, {SHAPE.accounts} accounts, {SHAPE.days} days",
        f"full build: engine {full.total:.1f} s (whole call {full.wall:.0f} s): {full.slowest()}",
    ]
    ratios = []
    for when, day in (("in the middle", SHAPE.days // 2), ("three days before the end", -4)):
        date = site.tell_late(day)
        late = site.build()
        ratios.append(late.total / full.total)
        lines.append(
            f"one late trade {when} ({date}): engine {late.total:.1f} s (whole call"
            f" {late.wall:.0f} s), {100 * ratios[-1]:.1f} % of full: {late.slowest()}"
        )
    with capsys.disabled():
        print("\n" + "\n".join(lines))  # noqa: T201 - what a benchmark is for
    assert max(ratios) < LIMIT
