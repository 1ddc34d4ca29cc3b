"""A word has one meaning, and every column that users see is held by something."""

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from tests.house.project import DBT, Model, Yaml, models, tracked

BLOCKS = dict(
    re.findall(
        r"{% docs (\w+) %}\n(.*?){% enddocs %}",
        (DBT / "docs" / "columns.md").read_text("utf-8"),
        flags=re.DOTALL,
    )
)

public_models = [model for model in models() if model.is_public]
every_public_model = pytest.mark.parametrize("model", public_models, ids=lambda model: model.name)


def block_of(column: Yaml) -> str | None:
    found = re.fullmatch(r"""{{ doc\(["'](\w+)["']\) }}""", str(column.get("description")).strip())
    return found[1] if found else None


def data_tests_of(node: Yaml) -> list[Any]:
    return list(node.get("data_tests") or ())


def words_of(value: object) -> Iterator[str]:
    """Every name that the arguments of a test mention."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from words_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words_of(inner)
    elif isinstance(value, str):
        yield from re.findall(r"\w+", value)


def meta_of(column: Yaml) -> Yaml:
    return {**(column.get("meta") or {}), **((column.get("config") or {}).get("meta") or {})}


RULES_OF_A_COLUMN = {"required", "unique", "minimum", "maximum", "values"}
"""What the generic test `expectations` reads in a column's meta."""


def is_only_a_view(model: Model) -> bool:
    """A view beyond staging projects tables, and what they hold is tested there."""
    return model.is_view and model.layer != "staging"


def test_a_word_that_two_models_share_is_defined_once() -> None:
    """A model that means something else by a word says so in words of its own."""
    described = defaultdict(list)
    for model in models():
        for column in model.columns:
            if block_of(column) is None:
                words = " ".join(str(column.get("description")).split())
                described[column["name"], words].append(model.name)
    twice = [f"{name} of {shared}" for (name, _), shared in described.items() if len(shared) > 1]
    assert not twice, f"these need a doc block in dbt/docs/columns.md: {twice}"


def test_no_block_is_written_out_again() -> None:
    meanings = {" ".join(text.split()) for text in BLOCKS.values()}
    again = [
        f"{model.name}.{column['name']}"
        for model in models()
        for column in model.columns
        if " ".join(str(column.get("description")).split()) in meanings
    ]
    assert again == []


def test_every_block_is_used_and_every_used_one_exists() -> None:
    used: set[str] = set()
    for path in tracked("dbt", ".yml"):
        used.update(re.findall(r"doc\(\\?[\"'](\w+)\\?[\"']\)", path.read_text("utf-8")))
    assert sorted(set(BLOCKS) - used) == []
    assert sorted(used - set(BLOCKS)) == []


def test_blocks_stand_in_alphabetical_order() -> None:
    assert list(BLOCKS) == sorted(BLOCKS)


@every_public_model
def test_every_public_column_is_held_by_a_test_or_says_why_not(model: Model) -> None:
    named = {word for test in data_tests_of(model.yml) for word in words_of(test)}
    free = [
        column["name"]
        for column in model.columns
        if not is_only_a_view(model)
        and not data_tests_of(column)
        and not RULES_OF_A_COLUMN & set(meta_of(column))
        and column["name"] not in named
        # A view stores nothing, so nothing checks its constraints.
        and (model.is_view or not column.get("constraints"))
        and not meta_of(column).get("untested_because")
    ]
    assert not free, f"nothing holds {', '.join(free)} of {model.name}"


def test_the_check_sees_a_column_that_nothing_holds() -> None:
    sinner = {
        "data_tests": [{"holds": {"arguments": {"sentence": "price >= 0"}}}],
        "columns": [{"name": "price"}, {"name": "prices"}],
    }
    named = {word for test in data_tests_of(sinner) for word in words_of(test)}
    assert "price" in named
    assert "prices" not in named
