"""Which asset classes and sectors of instruments the stress scenarios know."""

import csv
from collections import defaultdict
from collections.abc import Iterator

import duckdb

from infra.orchestration.paths import DBT_PROJECT
from producer.common.sql import identifier

ALIASES = DBT_PROJECT / "seeds" / "classification_aliases.csv"
_SHOWN = 5


def unknown_classes(connection: duckdb.DuckDBPyConnection, batch_id: str) -> Iterator[str]:
    """A line for each kind of class of which a load of instruments holds unknown ones.

    Args:
        connection: The database.
        batch_id: The load.
    """
    names: dict[str, dict[str, str]] = defaultdict(dict)
    with ALIASES.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            names[row["kind"]][row["alias"]] = row["name"]
    for kind, known in names.items():
        column = identifier(kind)
        received = connection.execute(
            f"select distinct {column} from main.raw_instruments"  # noqa: S608 - quoted
            f" where batch_id = ? and not list_contains(?, {key_sql(column)}) order by all",
            [batch_id, list(known)],
        ).fetchall()
        unknown = [value for (value,) in received]
        if unknown:
            shown = ", ".join(repr(value) for value in unknown[:_SHOWN])
            more = f" and {len(unknown) - _SHOWN:,} more" if len(unknown) > _SHOWN else ""
            yield (
                f"{kind} {shown}{more}: no stress scenario knows it; known are"
                f" {', '.join(dict.fromkeys(known.values()))} and their common names"
                f" (dbt/seeds/{ALIASES.name})"
            )


def key_sql(column: str) -> str:
    """What int_symbols_named looks up: a name without signs, a GICS code by its sector."""
    return (
        f"regexp_replace(regexp_replace(lower({column}), '[^a-z0-9]', '', 'g'), "
        r"'^([0-9]{2})([0-9]{2}){1,3}$', '\1')"
    )
