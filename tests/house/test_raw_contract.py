"""dbt reads the raw tables that the records describe, no others and no other columns."""

from producer.records.tables import raw_tables
from tests.house.project import MODELS, load_yaml

SOURCES = load_yaml(MODELS / "staging" / "raw" / "_sources.yml")["sources"]
DESCRIBED = {table["name"]: table for source in SOURCES for table in source["tables"]}


def test_sources_are_the_raw_tables() -> None:
    assert sorted(DESCRIBED) == sorted(raw_tables())


def test_sources_have_the_columns_and_types_of_the_records_in_their_order() -> None:
    described = {
        name: [(column["name"], column["data_type"]) for column in table["columns"]]
        for name, table in DESCRIBED.items()
    }
    recorded = {
        name: [(column, rules.sql_type.value.lower()) for column, rules in table.columns.items()]
        for name, table in raw_tables().items()
    }
    assert described == recorded


def test_sources_say_of_a_column_what_the_records_say() -> None:
    described = {
        name: [" ".join(column["description"].split()) for column in table["columns"]]
        for name, table in DESCRIBED.items()
    }
    recorded = {
        name: [" ".join(rules.description.split()) for rules in table.columns.values()]
        for name, table in raw_tables().items()
    }
    assert described == recorded


def test_sources_say_what_one_row_is() -> None:
    silent = [
        name for name, table in DESCRIBED.items() if "One row per" not in table["description"]
    ]
    assert silent == []


def test_sources_say_which_columns_are_never_null_and_what_older_rows_get() -> None:
    """The macro create_raw_tables makes the tables of these."""
    described = {
        (name, column["name"]): (column.get("config") or {}).get("meta") or {}
        for name, table in DESCRIBED.items()
        for column in table["columns"]
    }
    recorded: dict[tuple[str, str], dict[str, object]] = {}
    for name, table in raw_tables().items():
        for column in table.columns:
            meta: dict[str, object] = {"required": True} if column in table.not_null else {}
            if column in table.defaults:
                default = table.defaults[column]
                meta["default"] = default if isinstance(default, str) else int(default)
            recorded[name, column] = meta
    assert described == recorded


def test_what_arrives_daily_has_a_freshness_by_the_time_we_knew() -> None:
    watched = {
        name: (config["loaded_at_field"], list(config["freshness"]))
        for name, table in DESCRIBED.items()
        if (config := table.get("config") or {}).get("freshness")
    }
    daily = ("raw_trades", "raw_cash_events", "raw_prices", "raw_fx_rates")
    assert watched == dict.fromkeys(daily, ("ingested_at", ["warn_after"]))
