"""The records, and what is derived from them."""

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from producer.common.clock import system_clock
from producer.records import KINDS, Record, SqlType
from producer.records.contract import (
    LONGEST_ID,
    LONGEST_PROSE,
    MINOR_UNITS,
    columns_of,
    defaults_of,
    file_columns_of,
    not_null_columns_of,
    payload_of,
)
from producer.records.tables import raw_tables
from producer.schemas import FOLDER, avro_schemas

CHECKOUT = Path(__file__).parents[2]
RECORDS = list(KINDS.values())


def fields_of(schema: str) -> dict[str, Any]:
    return {field["name"]: field for field in json.loads(schema)["fields"]}


def test_the_committed_avro_schemas_are_those_of_the_records() -> None:
    committed = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.avsc")}
    assert committed == avro_schemas(), "run: python -m producer.schemas"


def test_avro_types_and_nulls() -> None:
    trades = fields_of(avro_schemas()["trades.avsc"])
    assert set(trades) == set(file_columns_of(KINDS["trades"]))
    assert trades["trade_id"]["type"] == "string"
    assert trades["quantity"]["type"] == [
        "null",
        {"type": "bytes", "logicalType": "decimal", "precision": 28, "scale": 8},
    ]
    assert trades["price"]["type"][1]["scale"] == 10
    assert trades["executed_at"]["type"][1] == {"type": "long", "logicalType": "timestamp-micros"}
    assert (trades["version"]["type"], trades["version"]["default"]) == ("int", 1)
    prices = fields_of(avro_schemas()["prices.avsc"])
    assert prices["date"]["type"] == ["null", {"type": "int", "logicalType": "date"}]
    assert isinstance(prices["close"]["type"], dict)


def test_all_raw_tables_carry_their_lineage_from_the_first_day() -> None:
    for table in list(raw_tables().values())[: len(KINDS)]:
        assert {"event_type", "version", "ingested_at", "batch_id", "source_row"} <= set(
            table.columns
        )
        assert {"event_type", "version", "ingested_at", "batch_id"} <= set(table.not_null)
    for kind in ("trades", "cash_events", "prices", "corporate_actions", "instruments"):
        assert "currency" in columns_of(KINDS[kind])


def test_the_payload_of_a_trade_is_what_the_event_rules_say() -> None:
    assert set(payload_of(KINDS["trades"])) == {
        "event_type", "account_id", "symbol", "side", "quantity", "price", "fees", "currency",
        "executed_at",
    }  # fmt: skip


@pytest.mark.parametrize("record", RECORDS)
def test_every_pattern_runs_in_duckdb(record: type[Record]) -> None:
    for column in columns_of(record).values():
        if column.pattern:
            assert column.pattern_hint
            duckdb.execute("select regexp_full_match('x', ?)", [column.pattern]).fetchall()


def test_every_minor_unit_has_a_spelling_of_feeds() -> None:
    seed = Path(__file__).parents[2] / "dbt" / "seeds" / "minor_units.csv"
    with seed.open(encoding="utf-8", newline="") as lines:
        minors = {row["minor"] for row in csv.DictReader(lines)}
    assert set(MINOR_UNITS.values()) == minors


@pytest.mark.parametrize("record", RECORDS)
def test_identity_defaults_and_aliases_are_columns_without_ambiguity(record: type[Record]) -> None:
    columns = file_columns_of(record)
    assert set(record.IDENTITY) <= set(columns)
    assert set(defaults_of(record)) <= set(columns_of(record))
    assert set(not_null_columns_of(record)) <= set(columns_of(record))
    names = [name for column, rules in columns.items() for name in (column, *rules.aliases)]
    assert len(names) == len(set(names))
    assert all(name == name.lower() for name in names)


def test_decimal_types_know_their_places() -> None:
    assert (SqlType.PRICE.precision, SqlType.PRICE.scale) == (28, 10)
    assert (SqlType.TEXT.precision, SqlType.TEXT.scale) == (None, None)


def test_the_system_clock_is_utc_without_a_zone() -> None:
    assert system_clock().tzinfo is None


def test_every_column_that_names_a_symbol_refuses_the_reserved_names() -> None:
    for record in KINDS.values():
        named = {name for name in columns_of(record) if name.rpartition("_")[2] == "symbol"}
        refusing = {rule.column for rule in record.ROW_RULES if "CASH:" in rule.broken_when}
        assert refusing == named


def test_every_text_has_a_limit() -> None:
    texts = [
        (name, column)
        for record in KINDS.values()
        for name, column in file_columns_of(record).items()
        if column.sql_type is SqlType.TEXT
    ]
    prose = {name for name, column in texts if column.longest != LONGEST_ID}
    assert prose == {"name", "description"}
    assert {column.longest for _, column in texts} == {LONGEST_ID, LONGEST_PROSE}
