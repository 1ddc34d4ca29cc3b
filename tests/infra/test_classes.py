"""Which classes of instruments the stress scenarios know, and who is warned."""

import csv
import re
from pathlib import Path

import pytest

from infra.classes import ALIASES, key_sql
from infra.orchestration.paths import DBT_PROJECT
from tests.infra.conftest import Call


def seed(path: Path) -> list[dict[str, str]]:
    """The rows of a seed."""
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_class_that_is_shocked_has_a_name_and_each_alias_is_written_as_a_key() -> None:
    aliases = seed(ALIASES)
    names = {(row["kind"], row["alias"]): row["name"] for row in aliases}
    assert len(names) == len(aliases)
    assert [row for row in aliases if not re.fullmatch("[a-z0-9]+", row["alias"])] == []
    shocked = {
        (row["shock_level"], row["shock_key"])
        for row in seed(ALIASES.with_name("scenario_shocks.csv"))
        if row["shock_level"] != "symbol"
    }
    assert shocked == {(row["kind"], row["name"]) for row in aliases}
    for kind, name in shocked:
        assert names[kind, re.sub("[^a-z0-9]", "", name.lower())] == name


def test_the_key_of_a_class_is_that_of_the_models() -> None:
    model = next(DBT_PROJECT.glob("models/**/int_symbols_named.sql")).read_text("utf-8")
    assert "".join(key_sql("sector").split()) in "".join(model.split())


@pytest.mark.usefixtures("database")
def test_a_load_says_which_classes_no_scenario_knows(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "instruments.csv"
    file.write_text(
        "symbol,asset_class,sector\nA,equity,Technology\nB,Opshun,45102010\nC,Coin,Tecnology\n"
        "D,Common Stock,\nE,Warrant,450\nF,etf,Health-care\n"
    )
    called = call("ingest", "instruments", file)
    assert (called.code, called.err) == (0, "")
    _, asset_class, sector = called.out.splitlines()
    assert asset_class == (
        "  asset_class 'Opshun', 'Warrant': no stress scenario knows it; known are COMMODITY,"
        " CREDIT, CRYPTO, EQUITY, RATES and their common names"
        " (dbt/seeds/classification_aliases.csv)"
    )
    assert sector.startswith("  sector '450', 'Tecnology': no stress scenario knows it; known are ")
    assert "Information Technology" in sector


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("rows", ["A,EQUITY,Energy", "A,,"])
def test_a_load_of_known_or_no_classes_says_no_more(call: Call, tmp_path: Path, rows: str) -> None:
    file = tmp_path / "instruments.csv"
    file.write_text(f"symbol,asset_class,sector\n{rows}\n")
    assert call("ingest", "instruments", file).out.count("\n") == 1
