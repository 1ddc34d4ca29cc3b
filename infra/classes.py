"""Which asset classes and sectors of instruments the stress scenarios know."""

import csv
import re
from collections import defaultdict
from collections.abc import Iterator

import duckdb

from infra.orchestration.paths import DBT_PROJECT

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
        received = connection.execute(
            f"select distinct {kind} from main.raw_instruments"  # noqa: S608 - names of our own
            f" where batch_id = ? and {kind} is not null order by all",
            [batch_id],
        ).fetchall()
        unknown = [value for (value,) in received if _key(value) not in known]
        if unknown:
            shown = ", ".join(repr(value) for value in unknown[:_SHOWN])
            more = f" and {len(unknown) - _SHOWN:,} more" if len(unknown) > _SHOWN else ""
            yield (
                f"{kind} {shown}{more}: no stress scenario knows it; known are"
                f" {', '.join(dict.fromkeys(known.values()))} and their common names"
                f" (dbt/seeds/{ALIASES.name})"
            )


def _key(value: str) -> str:
    """As int_symbols_named writes it: a name without signs, a GICS code by its sector."""
    key = re.sub("[^a-z0-9]", "", value.lower())
    return re.sub(r"^(\d\d)(\d\d){1,3}$", r"\1", key)
