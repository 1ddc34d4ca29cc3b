"""What keeps other engines and other settings possible, as far as the text of a file shows it."""

import ast
import re

import pytest

from tests.house.project import DBT, Model, models, relative, sql_models, sql_without_words
from tests.variables import VARIABLES

ENGINE = DBT / "macros" / "engine" / "expressions.sql"
ENGINE_WORDS = (
    r"\b(isodow|dayofweek|generate_series|range|asof|product|arg_max_null|max_by_null|list_sum)\b"
)
CONSTANTS = (
    r"'CASH:", r"\b0?\.005\b", r"\b250\b", r"\b97\.5\b", r"\b365\b", r"'NYSE'", r"'USD'",
    r"\b1e17\b",
)  # fmt: skip

every_sql_model = pytest.mark.parametrize("model", sql_models(), ids=lambda model: model.name)


def sql_of(model: Model) -> str:
    """Its SQL without comments."""
    return re.sub(r"--[^\n]*|\{#.*?#\}", "", model.path.read_text("utf-8"), flags=re.DOTALL)


@every_sql_model
def test_a_constant_of_the_project_stands_in_no_model(model: Model) -> None:
    assert [found for each in CONSTANTS for found in re.findall(each, sql_of(model))] == []


def test_the_constants_looked_for_are_those_of_the_project() -> None:
    written = " ".join(
        f"'{value}'" if isinstance(value, str) else str(value) for value in VARIABLES.values()
    )
    assert [
        each for each in CONSTANTS if not re.search(each.replace("1e17", "1e.17"), written)
    ] == []


@pytest.mark.parametrize("model", models(), ids=lambda model: model.name)
def test_what_is_expected_of_a_model_repeats_no_constant(model: Model) -> None:
    expected = [model.yml.get("data_tests"), *(each.get("config") for each in model.columns)]
    assert [found for each in CONSTANTS for found in re.findall(each, str(expected))] == []


@every_sql_model
def test_a_model_uses_no_word_that_other_engines_lack(model: Model) -> None:
    """A macro of dbt/macros/engine has it, in the words of each engine."""
    assert re.findall(ENGINE_WORDS, sql_without_words(model.path.read_text("utf-8"))) == []


def test_every_word_of_the_engine_is_dispatched() -> None:
    text = ENGINE.read_text("utf-8")
    named = set(re.findall(r"macro (\w+)\(", text))
    words = {name for name in named if not name.startswith("duckdb__")}
    assert words
    assert named - words == {f"duckdb__{word}" for word in words}
    assert set(re.findall(r"adapter\.dispatch\('(\w+)'\)", text)) == words
    used = "\n".join(sql_of(model) for model in sql_models())
    assert [word for word in words if f"{{{{ {word}(" not in used] == []


@every_sql_model
def test_rows_are_numbered_within_something(model: Model) -> None:
    """A number over all rows needs all of them in one place; a report has few."""
    if model.layer != "reports":
        sql = sql_without_words(model.path.read_text("utf-8"))
        assert re.findall(r"\brow_number\(\)\s+over\s+\((?!\s*partition by\b)", sql) == []
        assert re.findall(r"\bover\s+\(\s*\)", sql) == []


@every_sql_model
def test_a_case_that_begins_with_a_whole_number_gives_it_a_type(model: Model) -> None:
    """Some engines take the type of the first branch, and cut the others to whole numbers."""
    sql = sql_without_words(model.path.read_text("utf-8"))
    assert re.findall(r"\bcase\s+when\b[^()]*?\bthen\s+-?\d+\s+(?:else|when|end)\b", sql) == []


@pytest.mark.parametrize(
    "model",
    [model for model in models() if model.path.suffix == ".py"],
    ids=lambda model: model.name,
)
def test_a_model_in_python_only_hands_tables_to_its_kernel(model: Model) -> None:
    tree = ast.parse(model.path.read_text("utf-8"))
    (imported,) = [node for node in tree.body if isinstance(node, ast.ImportFrom | ast.Import)]
    assert isinstance(imported, ast.ImportFrom)
    assert (imported.module or "").startswith("kernels.")
    (function,) = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert isinstance(function.body[-1], ast.Return)
    returned = function.body[-1].value
    assert isinstance(returned, ast.Call)
    assert isinstance(returned.func, ast.Name)
    assert returned.func.id == imported.names[0].name


def test_a_kernel_knows_no_engine() -> None:
    knows = {
        relative(path): name
        for path in sorted((DBT / "kernels").glob("*.py"))
        for name in re.findall(r"\b(duckdb|dbt\.|pyspark|pandas)\b", path.read_text("utf-8"))
    }
    assert knows == {}
