"""Python imports point one way, and only one place asks what time it is."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.project import ROOT, relative, tracked

FORBIDDEN = {
    "producer": {"infra", "dbt", "kernels", "tests"},
    "infra": {"tests"},
    "dbt/kernels": {"infra", "producer", "dbt", "tests"},
    # The oracle shares nothing with what it checks.
    "tests/reference": {"infra", "producer", "dbt", "kernels"},
}
CLOCK = ROOT / "producer" / "common" / "clock.py"
CLOCK_CALLS = {
    "date": {"today"},
    "datetime": {"now", "utcnow", "today"},
    "Timestamp": {"now", "utcnow", "today"},
    "time": {"time", "time_ns"},
}


def imported(tree: ast.AST) -> Iterator[str]:
    """The first part of everything a module imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def clock_calls(tree: ast.AST) -> Iterator[str]:
    """Where a module asks the machine for the time, whatever the import is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else None
            owner = node.value.id if isinstance(node.value, ast.Name) else owner
            if owner and node.attr in CLOCK_CALLS.get(owner, ()):
                yield f"{owner}.{node.attr} in line {node.lineno}"
        elif isinstance(node, ast.ImportFrom) and node.module == "time":
            hidden = {alias.name for alias in node.names} & CLOCK_CALLS["time"]
            yield from (f"from time import {name}" for name in hidden)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_imports_point_one_way(folder: str) -> None:
    wrong = {
        relative(path): sorted(found)
        for path in tracked(folder, ".py")
        # What tests the oracle may read the raw contract.
        if not path.name.startswith("test_")
        if (found := FORBIDDEN[folder] & set(imported(parsed(path))))
    }
    assert wrong == {}


def test_only_the_clock_asks_what_time_it_is() -> None:
    wrong = {
        relative(path): found
        for folder in ("producer", "infra", "dbt")
        for path in tracked(folder, ".py")
        if path != CLOCK and (found := list(clock_calls(parsed(path))))
    }
    assert wrong == {}
    assert list(clock_calls(parsed(CLOCK)))


def test_sql_in_python_does_not_ask_what_time_it_is() -> None:
    asks = re.compile(r"\b(now|today|get_current_timestamp)\(\)|\bcurrent_(date|timestamp)\b")
    wrong = [
        f"{relative(path)}: {node.value.strip()[:80]}"
        for folder in ("producer", "infra", "dbt")
        for path in tracked(folder, ".py")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if asks.search(node.value)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "source",
    [
        "import datetime as dt\ndt.datetime.now()",
        "from datetime import date\ndate.today()",
        "import time\ntime.time()",
        "from time import time\ntime()",
        "from datetime import datetime\nask = datetime.utcnow",
    ],
)
def test_the_check_sees_a_hidden_clock(source: str) -> None:
    assert list(clock_calls(ast.parse(source)))


def test_the_check_allows_stopwatches() -> None:
    assert not list(clock_calls(ast.parse("import time\ntime.monotonic()\ntime.perf_counter()")))


def test_a_loosened_check_names_its_rule() -> None:
    blanket = re.compile(r"#\s*(noqa(?!: ?[A-Z]+\d)|type: ignore(?!\[)|ruff: noqa(?!: ?[A-Z]+\d))")
    wrong = [
        f"{relative(path)}:{number}"
        for path in tracked("", ".py")
        if path != Path(__file__)
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if blanket.search(line)
    ]
    assert wrong == []


def test_the_folder_of_the_dbt_project_is_no_python_package() -> None:
    assert not (ROOT / "dbt" / "__init__.py").exists(), "it would hide the package dbt"
