"""`make demo`: the calls it makes, what it prints, and how it ends."""

import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
import typer

from infra import cli, demo
from infra.memory import PeakMemory
from infra.orchestration import building
from infra.orchestration.building import BuildResult
from infra.orchestration.dbt_run import Outcome
from infra.reading import report as reports
from infra.reading.report import Report

ROOT = Path(__file__).parents[2]
MEASURED = re.compile(r"\d+ seconds, [\d,]+ MB of memory at the peak, all processes together")


def test_its_steps_are_commands() -> None:
    commands = typer.main.get_command(cli.app).commands  # type: ignore[attr-defined]
    assert [step[0] for step in demo.STEPS] == ["init", "simulate", "build", "report"]
    assert {step[0] for step in demo.STEPS} <= set(commands)


def test_it_runs_every_step_and_tells_what_it_took(
    database: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a small world, and without dbt, whose part is tested with the commands."""

    def nothing_at_risk(_: Path) -> Report:
        return Report(
            "a version",
            date(2025, 1, 3),
            dict.fromkeys((*reports.MODELS, "loads", "builds"), ()),
        )

    def passed(_: Path, **__: object) -> BuildResult:
        return BuildResult(Outcome(is_success=True, error=None), (), (), "a version")

    monkeypatch.setattr(building, "build", passed)
    monkeypatch.setattr(reports, "report", nothing_at_risk)
    small = ("simulate", "--start", "2025-01-02", "--end", "2025-01-03", "--accounts", "1")
    steps = [small if step == ("simulate",) else step for step in demo.STEPS]

    assert demo.demo(steps) == 0
    lines = capfd.readouterr().out.splitlines()
    assert [line for line in lines if line.startswith("$ ")] == [
        "$ warehouse init",
        f"$ warehouse {' '.join(small)}",
        "$ warehouse build",
        "$ warehouse report",
    ]
    assert f"{database} is ready" in lines
    assert "published version a version" in lines
    assert "There are no risk figures yet." in lines
    assert MEASURED.fullmatch(lines[-1])


@pytest.mark.usefixtures("database")
def test_it_stops_at_the_step_that_fails_and_ends_with_its_code(
    capfd: pytest.CaptureFixture[str],
) -> None:
    steps = [("status",), ("query", "--format", "xml", "select 1"), ("report",)]
    assert demo.demo(steps) == 2
    shown = capfd.readouterr()
    assert "$ warehouse report" not in shown.out
    assert MEASURED.fullmatch(shown.out.splitlines()[-1])
    assert demo.demo([("report",), ("status",)]) == 1


def test_make_starts_it_and_it_hands_on_the_code() -> None:
    recipe = re.search(r"^demo: .*\n((?:\t.*\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe
    assert recipe[1].strip() == "@$(BIN)/python -m infra.demo"
    program = (
        "import runpy, sys, infra.cli;"
        " infra.cli.run = lambda step: 3 if step == ('simulate',) else 0;"
        " runpy.run_module('infra.demo', run_name='__main__')"
    )
    ended = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 3, ended.stderr
    assert MEASURED.fullmatch(ended.stdout.splitlines()[-1])


def test_memory_is_that_of_this_process_and_of_those_it_starts() -> None:
    size = 100 * 2**20
    with PeakMemory() as own:
        pass
    program = f"import time; block = b'x' * {size}; time.sleep(0.5)"
    with PeakMemory() as memory:
        subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603 - our own program
    assert memory.peak_bytes > own.peak_bytes + size
