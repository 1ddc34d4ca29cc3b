"""Every model has one shape, one name and one yml."""

import re
from pathlib import Path

import pytest

from infra.reading import report
from tests.house.project import (
    DBT,
    MODELS,
    Model,
    load_yaml,
    models,
    relative,
    sql_models,
    sql_without_words,
    tracked,
)
from tests.house.promises import QUERIES

NAME_OF_LAYER = {
    "staging": r"stg_[a-z]+(_[a-z0-9]+)*",
    "intermediate": r"int_[a-z]+(_[a-z0-9]+)*",
    "dimensions": r"dim_[a-z]+(_[a-z0-9]+)*",
    "facts": r"fact_[a-z]+(_[a-z0-9]+)*",
    "metrics": r"(?!stg_|int_|dim_|fact_|report_)[a-z]+(_[a-z0-9]+)*",
    "reports": r"report_[a-z]+(_[a-z0-9]+)*",
}
NAME_OF_RULE = r"exception_[a-z]+(_[a-z0-9]+)*"
SHORTHAND = {
    "acct", "amt", "calc", "ccy", "cnt", "cp", "cum", "dd", "dt", "idx", "inst", "num", "pos",
    "px", "qty", "ret", "ts", "txn", "val", "vol",
}  # fmt: skip
KEYWORDS = (
    "SELECT|FROM|WHERE|WITH|AS|JOIN|LEFT|INNER|OUTER|ON|AND|OR|NOT|CASE|WHEN|THEN|ELSE|END|GROUP"
    "|ORDER|BY|HAVING|QUALIFY|WINDOW|OVER|PARTITION|UNION|ALL|DISTINCT|IN|IS|NULL|BETWEEN|CAST"
    "|DATE|INTERVAL|ASC|DESC|LIMIT"
)

every_model = pytest.mark.parametrize("model", models(), ids=lambda model: model.name)
every_stored_model = pytest.mark.parametrize(
    "model", [model for model in models() if not model.is_part], ids=lambda model: model.name
)
every_sql_model = pytest.mark.parametrize("model", sql_models(), ids=lambda model: model.name)


def ctes_of(model: Model) -> list[str]:
    return re.findall(
        r"^(\w+)(?:\([\w, ]+\))? as (?:not )?(?:materialized )?\($",
        model.path.read_text("utf-8"),
        flags=re.MULTILINE,
    )


@every_model
def test_a_model_has_one_yml_beside_it_that_speaks_of_it_alone(model: Model) -> None:
    assert model.path.with_suffix(".yml").exists(), f"{model.name}.yml is missing beside its model"
    assert model.yml, f"{model.name}.yml does not describe {model.name}"


def test_a_yml_stands_beside_a_model_or_is_not_about_models() -> None:
    alone = [
        relative(path)
        for path in sorted(MODELS.rglob("*.yml"))
        if not (path.name.startswith("_") and "models" not in load_yaml(path))
        and not any(path.with_suffix(ending).exists() for ending in (".sql", ".py"))
    ]
    assert alone == []


@every_model
def test_a_description_says_what_one_row_is(model: Model) -> None:
    assert re.search(r"\bOne row per \w+", model.yml.get("description", "")), model.name


@every_stored_model
def test_every_column_is_described_and_typed(model: Model) -> None:
    assert model.columns, f"{model.name} lists no columns"
    bare = [
        column["name"]
        for column in model.columns
        if not column.get("description") or not column.get("data_type")
    ]
    assert bare == []


@every_model
def test_a_column_is_listed_once(model: Model) -> None:
    names = [column["name"] for column in model.columns]
    assert len(names) == len(set(names))


@every_model
def test_a_name_can_be_guessed_from_the_layer(model: Model) -> None:
    is_rule = model.path.parent.name == "rules"
    assert re.fullmatch(NAME_OF_RULE if is_rule else NAME_OF_LAYER[model.layer], model.name)


@every_model
def test_names_are_written_out(model: Model) -> None:
    names = [model.name, *(column["name"] for column in model.columns)]
    assert [name for name in names if SHORTHAND & set(name.split("_"))] == []


@every_sql_model
def test_a_cte_says_what_it_holds(model: Model) -> None:
    names = ctes_of(model)
    assert names, f"{model.name} has no CTE"
    vague = [name for name in names if name in {"final", "base", "tmp"} or len(name) < 3]
    assert vague == []


@every_sql_model
def test_a_model_ends_by_selecting_its_last_cte(model: Model) -> None:
    ending = model.path.read_text("utf-8").rpartition("\n)\n")[2].strip()
    # A table may be stored in an order, for whoever reads ranges of it.
    found = re.fullmatch(r"select \* from (\w+)(\norder by [\w, ]+)?", ending)
    assert found, f"{model.name} ends in {ending!r}"
    assert found[1] == ctes_of(model)[-1]


@every_sql_model
def test_a_model_does_not_ask_what_day_it_is(model: Model) -> None:
    sql = sql_without_words(model.path.read_text("utf-8"))
    clocks = r"\b(current_date|current_timestamp|current_time|localtimestamp|now|today|getdate)\b"
    assert re.findall(clocks, sql) == []


@pytest.mark.parametrize(
    "path", sorted(path for path in DBT.rglob("*.sql") if "target" not in path.parts), ids=relative
)
def test_sql_keywords_are_lower_case(path: Path) -> None:
    assert re.findall(rf"\b({KEYWORDS})\b", sql_without_words(path.read_text("utf-8"))) == []


def test_a_part_is_read_and_only_in_its_own_domain() -> None:
    """It has no test node: its rows are held by the union above it, which must not forget it."""
    parts = [model for model in models() if model.is_part]
    assert parts
    for part in parts:
        folders = {
            model.path.parent
            for model in sql_models()
            if f"ref('{part.name}')" in model.path.read_text("utf-8")
        }
        assert folders, f"no model reads {part.name}"
        assert folders <= {part.path.parent, part.path.parent.parent}, part.name


@pytest.mark.parametrize("setting", ["pre-hook", "post-hook", "grants", "indexes"])
def test_no_model_asks_for_what_its_materialization_does_not_look_at(setting: str) -> None:
    asking = re.compile(rf"\b{setting.replace('-', '[-_]')}\b *[:=]")
    texts = [DBT / "dbt_project.yml", *MODELS.rglob("*.sql"), *MODELS.rglob("*.yml")]
    assert [relative(path) for path in texts if asking.search(path.read_text("utf-8"))] == []


def test_the_project_file_stays_short() -> None:
    assert len((DBT / "dbt_project.yml").read_text("utf-8").splitlines()) < 60


def test_a_singular_test_is_a_sentence_and_says_what_a_row_means() -> None:
    tests = sorted((DBT / "tests" / "singular").glob("*.sql"))
    silent = [
        path.name
        for path in tests
        if not path.name.startswith("assert_")
        or not path.read_text("utf-8").startswith("-- A returned row is ")
    ]
    assert tests
    assert silent == []


def test_a_generic_test_says_what_a_returned_row_is() -> None:
    tests = sorted((DBT / "tests" / "generic").glob("*.sql"))
    silent = [path.name for path in tests if "returned row" not in path.read_text("utf-8")]
    assert tests
    assert silent == []


def test_all_code_is_part_of_the_fingerprint_of_a_build() -> None:
    macro = (DBT / "macros" / "platform" / "build_fingerprint.sql").read_text("utf-8")
    patterns = re.findall(r"'([\w*/]+\.(?:yml|sql|py|csv))'", macro)
    read = {path for pattern in patterns for path in DBT.glob(pattern)}
    code = {
        path
        for folder in ("models", "macros", "kernels", "seeds")
        for path in (DBT / folder).rglob("*")
        if path.suffix in (".sql", ".py", ".csv")
    }
    assert code | {DBT / "dbt_project.yml"} == read


def test_every_layer_has_an_owner_and_users_read_what_is_public() -> None:
    layers = load_yaml(DBT / "dbt_project.yml")["models"]["portfolio_risk"]
    owned = {group["name"] for group in load_yaml(MODELS / "_groups.yml")["groups"]}
    assert {
        layer: layers[layer].get("+group") in owned for layer in NAME_OF_LAYER
    } == dict.fromkeys(NAME_OF_LAYER, True)
    public = {model.name for model in models() if model.is_public}
    opened = {
        model.name
        for model in models()
        if (model.yml.get("config") or {}).get("access", model.setting("+access")) == "public"
    }
    assert opened == public


def test_exposures_depend_on_what_the_report_and_the_promised_queries_read() -> None:
    declared = {
        exposure["name"]: set(re.findall(r"ref\('(\w+)'\)", " ".join(exposure["depends_on"])))
        for exposure in load_yaml(MODELS / "metrics" / "_exposures.yml")["exposures"]
    }
    read = {
        "risk_report": " ".join(f"main_reports.report_{name}" for name in report.MODELS),
        "promised_queries": " ".join(QUERIES),
    }
    assert declared == {
        name: set(re.findall(r"main_(?:dimensions|facts|metrics|reports)\.(\w+)", text))
        for name, text in read.items()
    }


@every_stored_model
def test_a_model_names_its_grain_in_a_test(model: Model) -> None:
    """One test node holds a model to all that is expected of its rows, its grain among it."""
    grains = [
        test["expectations"].get("arguments", {}).get("grain")
        for test in model.yml.get("data_tests") or []
        if isinstance(test, dict) and "expectations" in test
    ]
    unique = [column for column in model.columns if "unique" in (column.get("data_tests") or [])]
    assert any(grains) or unique, f"{model.name} does not say what no two of its rows share"


@every_stored_model
def test_an_incremental_model_refers_to_what_says_its_rows_have_changed(model: Model) -> None:
    """The strategy reads these while it runs; dbt orders models by the refs of their text."""
    text = model.path.read_text("utf-8")
    if "materialized='incremental'" not in text:
        return
    own = re.search(r"'changed_by': \{([^}]*)\}", text)
    changed_by = re.findall(r"'(\w+)':", own[1]) if own else model.setting("+meta")["changed_by"]
    assert [name for name in changed_by if f"ref('{name}')" not in text] == []


@pytest.mark.parametrize("path", [*tracked("dbt/models", ".sql"), *tracked("dbt/macros", ".sql")],
                         ids=relative)  # fmt: skip
def test_an_aggregate_of_ratios_or_returns_names_the_order_of_its_rows(path: Path) -> None:
    """Doubles multiplied or averaged in another order differ in the last digit."""
    if path.is_relative_to(DBT / "macros" / "engine"):
        return  # words of the engine, whose order is given where they are used
    text = path.read_text("utf-8")
    for word in re.findall(r"\{\{ product\(.*?\) \}\}", text):
        assert "order_by=" in word or "window=" in word, word
    sql = sql_without_words(text)
    for aggregate in re.finditer(
        r"\b(?:product|avg|stddev_samp)(\((?:[^()]|\([^()]*\))*\))( over)?", sql
    ):
        assert aggregate[2] or "order by" in aggregate[1], aggregate[0]
