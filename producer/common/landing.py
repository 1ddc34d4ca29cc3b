"""The one way into the raw tables: a user's file, a live producer and a simulation all land here.

A load is validated in bulk, in SQL: each value is parsed or rejected (parsing.py), each row is
compared with what is known (resolution.py), then the good rows are added to the raw table and the
others to raw_quarantine. Every load leaves one row in raw_batches.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from string import Template

from duckdb import DuckDBPyConnection

from producer.common import resolution
from producer.common.clock import Clock
from producer.common.errors import UnusableInput
from producer.common.parsing import parsing_of
from producer.common.resolution import resolve
from producer.common.sql import identifier, identifiers, literal
from producer.records.contract import Record, columns_of, file_columns_of


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What became of the rows of one load: each is loaded, repeated or quarantined."""

    kind: str
    source: str
    batch_id: str
    loaded: int
    repeated: int = 0
    quarantined: int = 0
    rounded: int = 0
    """Values of loaded rows rounded half-even to their column's scale."""
    roundings: tuple[tuple[int, str], ...] = ()
    """The first rows with such values: row of the file, and what became of them."""
    rounded_rows: int = 0
    displaced: int = 0
    """Rows of earlier loads displaced by an earlier row of the same event."""
    ignored_columns: tuple[str, ...] = ()
    rows_are_lines: bool = False
    """Row n of the file is certain to be its line n + 1."""


# Every name in these statements is the contract's; every value of a user is bound.
_ROWS = Template("""
create or replace temp table landing_rows as
select source_row, $columns, reason, fault_column, rounded, roundings
from $steps
""")

_QUARANTINE_ROWS = Template("""
insert into main.raw_quarantine by name
select
    $$kind as kind,
    $$source as file,
    source_row as row,
    kept_out.fault_column as "column",
    kept_out.reason,
    $row_data as row_data,
    $$batch_id as batch_id,
    $$loaded_at as quarantined_at
from $incoming as incoming
inner join (
    select source_row, fault_column, reason from temp.landing_rows where reason is not null
    union all
    select source_row, $$identity, reason from temp.landing_held where is_conflict
) as kept_out using (source_row)
order by source_row
""")

_QUARANTINE_REJECTED = Template("""
insert into main.raw_quarantine by name
select
    $$kind as kind,
    $$source as file,
    source_row as row,
    null as "column",
    reason,
    row_data,
    $$batch_id as batch_id,
    $$loaded_at as quarantined_at
from $rejected
""")

_QUARANTINE_DISPLACED = Template("""
insert into main.raw_quarantine by name
select
    $$kind as kind,
    coalesce(batch.source, $$source) as file,
    displaced.source_row as row,
    $$identity as "column",
    displaced.reason,
    $row_data as row_data,
    displaced.batch_id,
    $$loaded_at as quarantined_at
from temp.landing_displaced as displaced
left join main.raw_batches as batch
    on displaced.batch_id = batch.batch_id and batch.kind = $$kind
""")

_INSERT = Template("""
insert into main.$raw_table by name
select $columns, $$batch_id as batch_id, source_row
from temp.landing_rows as landing
anti join temp.landing_held as held using (source_row)
where reason is null
""")

_ROUNDINGS = """
select source_row, roundings
from temp.landing_rows anti join temp.landing_held using (source_row)
where reason is null and rounded > 0
order by source_row
limit 3
"""

_COUNTS = """
select
    (select count(*) from temp.landing_held where not is_conflict),
    coalesce(sum(rounded), 0)::bigint,
    count(*) filter (where rounded > 0)
from temp.landing_rows anti join temp.landing_held using (source_row)
where reason is null
"""


def land(
    con: DuckDBPyConnection,
    record: type[Record],
    incoming: str,
    *,
    source: str,
    clock: Clock,
    content_hash: str | None = None,
    batch_id: str | None = None,
    rejected: str | None = None,
) -> LoadResult:
    """Land the rows of a relation. Call it inside `database.transaction(con)`.

    Args:
        con: The warehouse, with its raw tables.
        record: What the rows are: Trade, Price, ...
        incoming: Name of a temporary table or registered Arrow table. It has a unique `source_row`
            (1 for the first) and any of the file columns, in any type: a column that has the
            very type of the raw table is taken as it is, any other is read as text. Columns
            that the contract does not know are ignored (and kept with a quarantined row).
        source: The file or producer, for raw_quarantine and raw_batches.
        clock: Asked once: default of ingested_at, and what no date may lie far beyond.
        content_hash: A content of this kind that was landed before adds nothing at all.
        batch_id: A name of one's own for the load; it must be new and sort after older ones.
        rejected: Name of a relation (source_row, reason, row_data) of rows that could not even
            be cut into columns; they are quarantined with this load.

    Raises:
        UnusableInput: Two columns mean the same column of the contract.
        ValueError: The batch_id is taken.
    """
    loaded_at = clock()
    sources, ignored = matched_columns(record, _columns_in(con, incoming))
    known = _known_content(con, record, content_hash)
    if known:
        return replace(known, source=source, ignored_columns=ignored)
    batch_id = _free_batch_id(con, loaded_at) if batch_id is None else _unused(con, batch_id)
    _parse(con, record, incoming, sources, loaded_at)
    resolve(con, record, batch_id=batch_id, source=source)
    result = LoadResult(
        record.KIND,
        source,
        batch_id,
        loaded=_insert(con, record, batch_id),
        ignored_columns=ignored,
    )
    result = _with_quarantine(con, record, result, incoming, rejected, loaded_at)
    repeated, rounded, rounded_rows = _one(con, _COUNTS)
    result = replace(
        result,
        repeated=repeated,
        rounded=rounded,
        rounded_rows=rounded_rows,
        roundings=tuple(con.execute(_ROUNDINGS).fetchall()) if rounded else (),
    )
    _write_batch(con, result, content_hash, loaded_at)
    for table in ("landing_rows", *resolution.TABLES):
        con.execute(f"drop table temp.{table}")
    return result


def matched_columns(
    record: type[Record], types: Mapping[str, str]
) -> tuple[dict[str, tuple[str, str]], tuple[str, ...]]:
    """Find the columns of the contract in a relation, whatever the case of their names.

    Args:
        record: What the rows are.
        types: The relation's columns and their types.

    Returns:
        For each contract column found its name and type in the relation; and the names ignored.

    Raises:
        UnusableInput: Two of them mean the same column (close and price).
    """
    meant = meanings(record)
    sources: dict[str, tuple[str, str]] = {}
    ignored = []
    for name, sql_type in types.items():
        column = meant.get(name.strip().lower())
        if column is None:
            ignored.append(name)
        elif column in sources:
            raise UnusableInput(
                f"columns {sources[column][0]!r} and {name!r} both mean {column}: keep one"
            )
        else:
            sources[column] = (name, sql_type)
    return sources, tuple(name for name in ignored if name != "source_row")


def meanings(record: type[Record]) -> dict[str, str]:
    """The contract column that each name a file may use stands for."""
    return {
        name: column
        for column, rules in file_columns_of(record).items()
        for name in (column, *rules.aliases)
    }


def _columns_in(con: DuckDBPyConnection, relation: str) -> dict[str, str]:
    rows = con.execute(f"describe {identifier(relation)}").fetchall()
    return {name: sql_type for name, sql_type, *_ in rows}


def _known_content(
    con: DuckDBPyConnection, record: type[Record], content_hash: str | None
) -> LoadResult | None:
    """The result of landing again what was landed before: all its rows are repeats."""
    row = con.execute(
        "select batch_id, loaded_count + repeated_count from main.raw_batches"
        " where kind = ? and content_hash = ?",
        [record.KIND, content_hash],
    ).fetchone()
    return LoadResult(record.KIND, "", row[0], loaded=0, repeated=row[1]) if row else None


def _free_batch_id(con: DuckDBPyConnection, loaded_at: datetime) -> str:
    """The moment, and a count for loads of one moment: ids sort as the loads came."""
    moment = f"{loaded_at:%Y%m%dT%H%M%S%f}"
    (count,) = _one(
        con, "select count(*) from main.raw_batches where starts_with(batch_id, ?)", [moment]
    )
    return f"{moment}-{count + 1:06d}"


def _unused(con: DuckDBPyConnection, batch_id: str) -> str:
    if con.execute("select 1 from main.raw_batches where batch_id = ?", [batch_id]).fetchone():
        raise ValueError(f"batch_id {batch_id!r} is taken")
    return batch_id


def _parse(
    con: DuckDBPyConnection,
    record: type[Record],
    incoming: str,
    sources: Mapping[str, tuple[str, str]],
    loaded_at: datetime,
) -> None:
    """Fill temp.landing_rows: each row's values, or its faults."""
    relation = parsing_of(record, sources, loaded_at=loaded_at).over(identifier(incoming))
    names = [name for name in columns_of(record) if name not in ("batch_id", "source_row")]
    con.execute(_ROWS.substitute(columns=identifiers(names), steps=relation))


def _insert(con: DuckDBPyConnection, record: type[Record], batch_id: str) -> int:
    names = [name for name in columns_of(record) if name not in ("batch_id", "source_row")]
    statement = _INSERT.substitute(raw_table=record.TABLE, columns=identifiers(names))
    (inserted,) = _one(con, statement, {"batch_id": batch_id})
    return inserted


def _with_quarantine(
    con: DuckDBPyConnection,
    record: type[Record],
    result: LoadResult,
    incoming: str,
    rejected: str | None,
    loaded_at: datetime,
) -> LoadResult:
    """Keep every row that was not let in, and count them."""
    load = {"kind": record.KIND, "source": result.source, "loaded_at": loaded_at}
    batch = {"batch_id": result.batch_id}
    identity = {"identity": record.IDENTITY[0]}
    rows = _QUARANTINE_ROWS.substitute(
        incoming=identifier(incoming),
        row_data=_json(
            [name for name in _columns_in(con, incoming) if name != "source_row"], of="incoming"
        ),
    )
    (quarantined,) = _one(con, rows, load | batch | identity)
    if rejected is not None:
        statement = _QUARANTINE_REJECTED.substitute(rejected=identifier(rejected))
        quarantined += _one(con, statement, load | batch)[0]
    (displaced,) = _one(
        con,
        _QUARANTINE_DISPLACED.substitute(row_data=_json(file_columns_of(record), of="displaced")),
        load | identity,
    )
    return replace(result, quarantined=quarantined, displaced=displaced)


def _json(names: Sequence[str] | Mapping[str, object], *, of: str) -> str:
    """A row as JSON. All values as text: JSON knows no NaN and no exact decimals."""
    pairs = (f"{literal(name)}, {of}.{identifier(name)}::varchar" for name in names)
    return f"json_object({', '.join(pairs)})::varchar"


def _write_batch(
    con: DuckDBPyConnection, result: LoadResult, content_hash: str | None, loaded_at: datetime
) -> None:
    con.execute(
        "insert into main.raw_batches by name select"
        " $batch_id as batch_id, $kind as kind, $source as source, $hash as content_hash,"
        " $loaded as loaded_count, $repeated as repeated_count,"
        " $quarantined as quarantined_count, $rounded as rounded_count, $loaded_at as loaded_at",
        {
            "batch_id": result.batch_id,
            "kind": result.kind,
            "source": result.source,
            "hash": content_hash,
            "loaded": result.loaded,
            "repeated": result.repeated,
            "quarantined": result.quarantined,
            "rounded": result.rounded,
            "loaded_at": loaded_at,
        },
    )


def _one(
    con: DuckDBPyConnection, statement: str, values: Mapping[str, object] | Sequence[object] = ()
) -> tuple[int, ...]:
    """The one row of counts that a statement gives."""
    row = con.execute(statement, values or None).fetchone()
    assert row is not None, statement  # noqa: S101 - a count always gives a row
    return row
