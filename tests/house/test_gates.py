"""The gates bite, and nobody has quietly opened one."""

import json
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.house.project import DBT, ROOT

CONFIG = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]

GOOD = "with\n\nthings as (\n\n    select 1 as thing_id\n\n)\n\nselect * from things\n"


def yml(
    name: str,
    *,
    description: str = "Things. One row per thing.",
    config: str = "{}",
    unit_test: bool = True,
    given: str = "",
) -> str:
    text = f"""
models:
  - name: {name}
    description: {description}
    config: {config}
    columns:
      - name: thing_id
        data_type: integer
        description: The thing.
        data_tests:
          - unique
"""
    if unit_test:
        text += f"""
unit_tests:
  - name: {name}_is_right
    model: {name}
    given: [{given}]
    expect:
      rows: [{{thing_id: 1}}]
"""
    return text


READS_STAGING = (
    "with\n\nthings as (\n\n    select thing_id\n    from {{ ref('stg_things') }}\n\n)\n\n"
    "select * from things\n"
)
STAGED = "{input: ref('stg_things'), rows: [{thing_id: 1}]}"

PROJECT = {
    "staging/stg_things.sql": GOOD,
    "staging/stg_things.yml": yml("stg_things", unit_test=False),
    "facts/fact_good.sql": READS_STAGING,
    "facts/fact_good.yml": yml("fact_good", given=STAGED),
    "metrics/reads_staging.sql": READS_STAGING,
    "metrics/reads_staging.yml": yml("reads_staging", given=STAGED),
    "facts/fact_without_contract.sql": GOOD,
    "facts/fact_without_contract.yml": yml(
        "fact_without_contract", config="{contract: {enforced: false}}"
    ),
    "facts/fact_without_grain.sql": GOOD,
    "facts/fact_without_grain.yml": yml("fact_without_grain", description="Things."),
    "facts/fact_without_unit_test.sql": GOOD,
    "facts/fact_without_unit_test.yml": yml("fact_without_unit_test", unit_test=False),
    "facts/wrongly_named.sql": GOOD,
    "facts/wrongly_named.yml": yml("wrongly_named"),
}
SINS = {
    "reads_staging": "check_lineage_permitted_upstream_models",
    "fact_without_contract": "check_model_has_contracts_enforced",
    "fact_without_grain": "check_model_description_contains_regexp_pattern",
    "fact_without_unit_test": "check_model_has_unit_tests",
    "wrongly_named": "check_model_names",
}


@pytest.fixture(scope="module")
def complaints(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, set[str]]:
    """What dbt-bouncer, with our configuration, has against each model of a small project."""
    folder = tmp_path_factory.mktemp("sinners")
    project = folder / "dbt"
    for name, text in PROJECT.items():
        path = project / "models" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    shutil.copy(DBT / "models" / "_groups.yml", project / "models")
    settings = (DBT / "dbt_project.yml").read_text("utf-8")
    # Its own hooks speak of tables that the small project does not have.
    start, end = settings.index("# Raw tables"), settings.index("seeds:")
    (project / "dbt_project.yml").write_text(settings[:start] + settings[end:], "utf-8")
    (project / "profiles.yml").write_text((DBT / "profiles.yml").read_text("utf-8"), "utf-8")
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8"), "utf-8")
    tools = Path(sys.executable).parent
    subprocess.run([tools / "dbt", "parse", "--quiet"], cwd=project, check=True)  # noqa: S603 - our own tool
    found = folder / "found.json"
    ended = subprocess.run(  # noqa: S603 - our own tool
        [tools / "dbt-bouncer", "--config-file", "pyproject.toml", "--output-file", found],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    return _by_model(json.loads(found.read_text("utf-8")))


def _by_model(results: list[dict[str, str]]) -> Mapping[str, set[str]]:
    names = [Path(name).stem for name in PROJECT if name.endswith(".sql")]
    failed = [result for result in results if result["outcome"] == "failed"]
    return {
        name: {
            check
            for result in failed
            for check in [result["check_run_id"].split(":")[0]]
            if name in result["check_run_id"].replace(":", ".").split(".")
        }
        for name in names
    }


@pytest.mark.parametrize("model", SINS)
def test_dbt_bouncer_names_the_sinner(complaints: Mapping[str, set[str]], model: str) -> None:
    assert complaints[model] == {SINS[model]}


def test_dbt_bouncer_leaves_the_others_in_peace(complaints: Mapping[str, set[str]]) -> None:
    assert complaints["fact_good"] == set()
    assert complaints["stg_things"] == set()


def test_ruff_loosens_only_the_two_customs_of_pytest() -> None:
    lint = CONFIG["ruff"]["lint"]
    assert lint["per-file-ignores"] == {"tests/**": ["D103", "S101"]}
    assert not {"ignore", "extend-ignore", "exclude"} & set(lint)
    assert not {"exclude", "extend-exclude", "force-exclude"} & set(CONFIG["ruff"])


def test_sqlfluff_leaves_out_one_rule_and_no_file() -> None:
    assert CONFIG["sqlfluff"]["core"]["exclude_rules"] == "ST06"
    assert not {"rules", "ignore", "warnings"} & set(CONFIG["sqlfluff"]["core"])
    assert not list(ROOT.glob(".sqlfluff*"))
    assert not list(DBT.rglob(".sqlfluff*"))


def test_mypy_is_strict_everywhere() -> None:
    mypy = CONFIG["mypy"]
    assert mypy["strict"] is True
    assert not {"exclude", "ignore_errors", "disable_error_code"} & set(mypy)
    allowed = {"module", "ignore_missing_imports", "follow_untyped_imports"}
    assert [part for part in mypy.get("overrides", []) if set(part) - allowed] == []


def test_dbt_bouncer_spares_no_model() -> None:
    checks = CONFIG["dbt-bouncer"]["manifest_checks"]
    spared = [check["name"] for check in checks if "exclude" in check or "severity" in check]
    assert spared == []
    assert not {"exclude", "severity", "include"} & set(CONFIG["dbt-bouncer"])


def test_ci_runs_what_the_readme_says() -> None:
    lines = (ROOT / ".ci" / "run").read_text("utf-8").splitlines()
    assert lines[-1] == "make test"
    assert not [line for line in lines if "||" in line or "set +e" in line]


def test_two_processes_share_out_whole_groups(request: pytest.FixtureRequest) -> None:
    """Without groups, which show in the name, each process would build every warehouse again."""
    is_shared_out = getattr(request.config.option, "loadgroup", False)
    assert not is_shared_out or request.node.nodeid.endswith("@test_gates.py")
