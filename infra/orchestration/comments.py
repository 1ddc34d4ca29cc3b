"""The descriptions of the dbt project as comments in the database, for tools that show them."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol

_PRESENT = """
select schema_name as schema, table_name as relation, null as "column", comment
from duckdb_tables() where database_name = current_database()
union all
select schema_name, view_name, null, comment
from duckdb_views() where database_name = current_database() and not internal
union all
select schema_name, table_name, column_name, comment
from duckdb_columns() where database_name = current_database() and not internal
"""


class Runs(Protocol):
    """Runs a statement on the database and gives its rows by column name."""

    def execute(self, sql: str) -> list[dict[str, Any]]:
        """Run it."""


def apply_comments(run: Runs, manifest: Path) -> int:
    """Write every description of dbt's manifest that the database does not hold yet.

    One batch at the end of a build: dbt's own `persist_docs` costs every node one statement for
    each of its columns.

    Returns:
        How many comments were written; none where dbt writes no manifest.
    """
    if not manifest.exists():
        return 0
    described = _described(json.loads(manifest.read_text(encoding="utf-8")))
    statements = [
        _statement(*key, described[key])
        for row in run.execute(_PRESENT)
        if (key := (row["schema"], row["relation"], row["column"])) in described
        and row["comment"] != described[key]
    ]
    if statements:
        run.execute("begin;\n" + "\n".join(statements) + "\ncommit;")
    return len(statements)


def _described(manifest: dict[str, Any]) -> dict[tuple[str, str, str | None], str]:
    """The description of each relation and column, by schema, relation and column."""
    found = {}
    for node in _relations(manifest):
        relation = (node["schema"], node.get("identifier") or node["alias"])
        found[(*relation, None)] = node["description"]
        for column in node["columns"].values():
            found[(*relation, column["name"])] = column["description"]
    return {key: " ".join(text.split()) for key, text in found.items() if text.strip()}


def _relations(manifest: dict[str, Any]) -> Iterator[dict[str, Any]]:
    nodes: Iterable[dict[str, Any]] = manifest["nodes"].values()
    yield from (node for node in nodes if node["resource_type"] in ("model", "seed", "snapshot"))
    yield from manifest["sources"].values()


def _statement(schema: str, relation: str, column: str | None, text: str) -> str:
    name = f"{_quoted(schema)}.{_quoted(relation)}"
    thing = f"column {name}.{_quoted(column)}" if column else f"table {name}"
    literal = text.replace("'", "''")
    return f"comment on {thing} is '{literal}';"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
