"""What the README and its neighbours name exists, and what exists is named."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from infra.cli import app
from producer.records import KINDS
from producer.records.contract import Column, file_columns_of
from tests.house.project import (
    DBT,
    MODELS,
    ROOT,
    code_spans,
    fenced_blocks,
    relative,
    tracked,
    tracked_files,
)
from tests.house.promises import QUERIES

README = ROOT / "README.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
OVERVIEW = DBT / "docs" / "overview.md"
DECISIONS = sorted((DBT / "docs" / "decisions").glob("*.md"))
PAGES = [README, CONTRIBUTING, ROOT / "CHANGELOG.md", OVERVIEW, *DECISIONS]

COMMAND = typer.main.get_command(app)
COMMANDS = COMMAND.commands  # type: ignore[attr-defined]
# Options that stand before any command, such as --version.
OPTIONS = {option for param in COMMAND.params for option in param.opts}
MADE_BY_RUNNING = ("data/", "published/", ".venv/")

every_page = pytest.mark.parametrize("page", PAGES, ids=relative)


def calls_in(page: Path) -> list[str]:
    """Every call of `warehouse` that a page shows, in a block or between words."""
    shown = [line for block in fenced_blocks(page, "sh") for line in block.splitlines()]
    calls = [
        re.findall(r"(?:^|[\s/=])warehouse (\S.*)", text) for text in [*shown, *code_spans(page)]
    ]
    return [call for found in calls for call in found]


def options_of(command: Any) -> set[str]:
    """The options of a command and of the commands below it."""
    own = {option for param in command.params for option in param.opts}
    return own.union(*map(options_of, getattr(command, "commands", {}).values()))


@every_page
def test_every_shown_call_exists(page: Path) -> None:
    unknown = [call for call in calls_in(page) if call.split()[0] not in {*COMMANDS, *OPTIONS}]
    assert unknown == []


@every_page
def test_every_shown_option_exists(page: Path) -> None:
    unknown = []
    for call in calls_in(page):
        name, _, rest = call.partition(" ")
        if name in OPTIONS:
            continue
        known = options_of(COMMANDS[name])
        unknown += [
            f"{name} {option}" for option in re.findall(r"--[\w-]+", rest) if option not in known
        ]
    assert unknown == []


def test_every_command_stands_in_the_readme() -> None:
    shown = {call.split()[0] for call in calls_in(README)}
    assert sorted({*COMMANDS, *OPTIONS} - shown) == []


def test_every_option_stands_in_the_readme() -> None:
    rows = re.findall(
        r"^\| `warehouse (\w+)[^`]*` \| (.*) \|$", README.read_text("utf-8"), re.MULTILINE
    )
    said = {name: set(re.findall(r"--[\w-]+", text)) for name, text in rows}
    # Where it is served is for the container, not for a reader of the first page.
    known = {
        name: {option for option in options_of(command) if option.startswith("--")}
        - {"--help", "--host", "--port"}
        for name, command in COMMANDS.items()
    }
    assert said == known


def test_the_table_of_kinds_says_what_the_contract_says() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", README.read_text("utf-8"), re.MULTILINE
    )
    said = {kind: (_names(required), _names(optional)) for kind, required, optional in rows}
    known = {kind: _columns(file_columns_of(record)) for kind, record in KINDS.items()}
    # One of the two is needed, whichever; and close has a second name.
    required, optional = known["prices"]
    known["prices"] = (required | {"date", "timestamp"}, optional - {"date", "timestamp"})
    assert said == known


def _names(cell: str) -> set[str]:
    words = re.sub(r"\([^)]*\)", "", cell).replace(" or ", ", ")
    return {word.strip() for word in words.split(",")}


def _columns(columns: dict[str, Column]) -> tuple[set[str], set[str]]:
    required = {name for name, column in columns.items() if column.required}
    return required, set(columns) - required


@pytest.mark.parametrize("query", QUERIES, ids=range(1, len(QUERIES) + 1))
def test_the_readme_holds_the_promised_query(query: str) -> None:
    assert " ".join(query.split()) + "\n" in fenced_blocks(README, "sql")


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("cash_events", r"The `type` of a cash event is ([^;]+);"),
        ("corporate_actions", r"The `type` of a corporate action is ([^:]+):"),
    ],
)
def test_every_type_is_listed(kind: str, sentence: str) -> None:
    listed = re.search(sentence, " ".join(README.read_text("utf-8").split()))
    assert listed
    choices = file_columns_of(KINDS[kind])["type"].choices
    assert sorted(re.findall("[A-Z_]+", listed[1])) == sorted(choices)


def test_return_and_risk_are_those_of_the_summary_and_the_older_query_says_what_it_gives() -> None:
    text = " ".join(README.read_text("utf-8").split())
    _, _, after = text.partition("Return and risk by account: ```sql")
    of_summary, _, after = after.partition("```")
    assert "from main_metrics.performance_summary" in of_summary
    said, _, older = after.partition("```sql")
    assert "the highest return that was ever reached, not that of the last day" in said
    assert "max(cumulative_return_pct) as total_return_pct" in older.partition("```")[0]


def test_the_demo_says_how_long_it_takes_and_what_it_leaves() -> None:
    _, _, after = README.read_text("utf-8").partition("```sh\nmake demo\n```")
    said = after.strip().split("\n\n")[0]
    assert re.search(r"\d+ seconds of processor time", said)
    assert re.search(r"leaves \d+ MB in `data/warehouse`", said)


@every_page
def test_every_named_file_exists(page: Path) -> None:
    names = [
        span
        for span in code_spans(page)
        if re.fullmatch(r"\.?\w[\w.-]*(/[\w.-]+)+/?|[\w.-]+\.(md|toml|lock|yml|py|sql)", span)
        and not span.startswith(MADE_BY_RUNNING)
    ]
    # A name without a folder may stand anywhere: `instruments.csv`, `trade_producer.py`.
    anywhere = {path.name for path in tracked_files()}
    assert [name for name in names if not (ROOT / name).exists() and name not in anywhere] == []


@every_page
def test_every_make_target_exists(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE))
    shown = [*code_spans(page), *fenced_blocks(page, "sh")]
    named = {name for text in shown for name in re.findall(r"^make ([\w-]+)", text, re.MULTILINE)}
    assert sorted(named - targets) == []


@every_page
def test_every_tool_of_the_environment_exists(page: Path) -> None:
    shown = [*code_spans(page), *fenced_blocks(page, "sh")]
    named = {name for text in shown for name in re.findall(r"\.venv/bin/([\w-]+)", text)}
    assert [
        name
        for name in sorted(named - {"activate"})
        if not (Path(sys.executable).parent / name).exists()
    ] == []


def test_the_tree_of_folders_shows_every_folder() -> None:
    (tree,) = [block for block in fenced_blocks(README, "") if block.startswith("producer/")]
    shown: set[str] = set()
    top = ""
    for line in tree.splitlines():
        names = re.findall(r"(?<!\S)([\w.-]+/)", line)
        top = names[0] if not line.startswith(" ") else top
        shown.update(names if not line.startswith(" ") else (top + name for name in names))
    assert [name for name in sorted(shown) if not (ROOT / name).is_dir()] == []
    parents = ("producer/", "infra/", "dbt/", "tests/")
    there = {
        "/".join(parts[:depth]) + "/"
        for path in tracked_files()
        for parts in [relative(path).split("/")]
        for depth in (1, 2)
        if len(parts) > depth and not parts[0].startswith(".")
        if depth == 1 or relative(path).startswith(parents)
    }
    assert sorted(there - shown) == []


def test_decisions_are_numbered_without_gaps_and_have_one_shape() -> None:
    assert [path.name[:4] for path in DECISIONS] == [
        f"{n:04}" for n in range(1, len(DECISIONS) + 1)
    ]
    for path in DECISIONS:
        text = path.read_text("utf-8")
        assert text.startswith(f"# {int(path.name[:4])}. "), path.name
        headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
        assert headings == ["Context", "Choice", "Consequence"], path.name


def test_a_trades_way_to_var_is_short_and_in_order() -> None:
    _, _, after = OVERVIEW.read_text("utf-8").partition("## From a trade to VaR\n")
    section = after.partition("\n## ")[0]
    paths = [Path(path) for path in re.findall(r"^\| [^|]+ \| `([^`]+)` \|", section, re.MULTILINE)]
    assert section.count("\n| ") == len(paths) + 1  # a file on each row, below the heading
    assert len(paths) <= 25
    assert [path for path in paths if not (ROOT / path).is_file()] == []
    stops = [path.stem for path in paths if path.is_relative_to("dbt/models")]
    assert stops[-1] == "value_at_risk"
    upstream = {stop: upstream_of(stop) for stop in stops}
    assert set(stops[:-1]) <= upstream["value_at_risk"]
    for place, stop in enumerate(stops):
        assert place == 0 or upstream[stop] & set(stops[:place]), f"{stop} reads no stop before it"
        assert not upstream[stop] & set(stops[place:]), f"{stop} stands before what it reads"


def upstream_of(name: str) -> set[str]:
    """All models that a model reads, directly or through others."""
    files = {path.stem: path for path in MODELS.rglob("*") if path.suffix in {".sql", ".py"}}
    found: set[str] = set()
    left = [name]
    while left:
        text = files[left.pop()].read_text("utf-8")
        new = set(re.findall(r"ref\(['\"](\w+)['\"]\)", text)) & set(files) - found
        found |= new
        left += new
    return found


def test_every_page_is_found_from_the_readme() -> None:
    named = set(code_spans(README))
    pages = {relative(path) for path in tracked("", ".md") if path.parent in {ROOT, DBT / "docs"}}
    assert sorted(pages - named - {"README.md", "dbt/docs/columns.md"}) == []
    assert "dbt/docs/columns.md" in code_spans(OVERVIEW)
    assert "dbt/docs/decisions" in named
