"""Rejected rows: what is open, the rows themselves, and what somebody has resolved.

All of it is about the database itself and not its published copy: a load is seen at once.
A row is open until it was loaded after all (a row of its identity came in with a later load), or
until somebody marks it as resolved. raw_quarantine itself never changes.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from string import Template

import duckdb

from infra.writing import write_atomically
from producer.common import database as databases
from producer.common.clock import Clock, system_clock
from producer.common.errors import UnusableInput
from producer.common.landing import meanings
from producer.common.parsing import EARLIEST, parsing_of
from producer.common.sql import identifier, identifiers, literal, same
from producer.records import KINDS
from producer.records.contract import Discipline, Record, file_columns_of
from producer.records.tables import raw_tables

OPEN, LOADED, RESOLVED = "open", "loaded since", "resolved"

# Every name in these statements is the contract's; every value of a user is bound.
_CELLS = Template("""(
    select
        rejected.kind,
        rejected.batch_id,
        rejected.row,
        any_value(rejected.quarantined_at) as quarantined_at,
        $values
    from main.raw_quarantine as rejected
    cross join json_each(
        case when json_valid(rejected.row_data) then rejected.row_data else '{}' end
    ) as cell
    where rejected.kind = $kind
    group by rejected.kind, rejected.batch_id, rejected.row
)""")

_LOADED_SINCE = Template("""
select distinct rejected.kind, rejected.batch_id, rejected.row
from $rejected as rejected
inner join main.$raw_table as raw on $same_thing
inner join main.raw_batches as batch on raw.batch_id = batch.batch_id and batch.kind = rejected.kind
where batch.loaded_at > rejected.quarantined_at
""")

_WITH_STATE = Template("""
with loaded_since as ($loaded_since),

resolutions as (
    select kind, batch_id, row, max_by(note, resolved_at) as note,
        max_by(resolved_by, resolved_at) as resolved_by, max(resolved_at) as resolved_at
    from main.raw_quarantine_resolutions
    group by kind, batch_id, row
)

select
    rejected.*,
    case
        when resolutions.row is not null then 'resolved'
        when loaded_since.row is not null then 'loaded since'
        else 'open'
    end as state,
    resolutions.note,
    resolutions.resolved_by,
    resolutions.resolved_at
from main.raw_quarantine as rejected
left join loaded_since using (kind, batch_id, row)
left join resolutions using (kind, batch_id, row)
""")

# A reason quotes what it is about; without that, rows rejected for one reason have one text.
_REASON = """
regexp_replace(
    regexp_replace(reason, ', got ''[^'']*''', '', 'g'), '''[^'']*''|row \\d+', '..', 'g'
)
"""


@dataclass(frozen=True, slots=True)
class RejectedRows:
    """Rows of one load that were rejected for one reason."""

    batch_id: str
    kind: str
    file: str
    rejected_at: datetime
    row_count: int
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """One rejected row."""

    kind: str
    file: str
    row: int
    column: str | None
    reason: str
    row_data: str
    batch_id: str
    rejected_at: datetime
    state: str
    note: str | None
    resolved_by: str | None
    resolved_at: datetime | None

    @property
    def row_id(self) -> str:
        """What the command knows it by."""
        return f"{self.batch_id}:{self.row}"


def rejected_rows_sql(con: duckdb.DuckDBPyConnection) -> str:
    """The select of raw_quarantine with the state of each row; of an older file, all are open."""
    present = {
        name
        for (name,) in con.execute(
            "select table_name from duckdb_tables()"
            " where database_name = current_database() and schema_name = 'main'"
        ).fetchall()
    }
    if not raw_tables().keys() <= present:
        return (
            "select *, 'open' as state, null::varchar as note, null::varchar as resolved_by,"
            " null::timestamp as resolved_at from main.raw_quarantine"
        )
    return _WITH_STATE.substitute(
        loaded_since=" union all ".join(map(_loaded_since, KINDS.values()))
    )


def list_rejected(
    database: Path, *, kind: str | None = None, with_resolved: bool = False
) -> list[RejectedRows]:
    """Rejected rows, one line for each load, file, reason and state.

    Raises:
        UnusableDatabase: There is no warehouse.
        LockNotHad: Another process held it for too long.
    """
    with databases.connection(database, read_only=True) as con:
        rows = con.execute(
            f"""
            select batch_id, kind, file, max(quarantined_at), count(*), state, {_REASON} as said
            from ({rejected_rows_sql(con)})
            where ($kind is null or kind = $kind) and ($with_resolved or state = 'open')
            group by batch_id, kind, file, state, said
            order by max(quarantined_at), batch_id, kind, file, count(*) desc, said
            """,  # noqa: S608 - our own SQL
            {"kind": kind, "with_resolved": with_resolved},
        ).fetchall()
    return [RejectedRows(*row) for row in rows]


def show_rejected(database: Path, row_id: str) -> list[RejectedRow]:
    """The rejected rows of a load (BATCH), or one of them (BATCH:ROW).

    Raises:
        UnusableInput: There is none.
    """
    with databases.connection(database, read_only=True) as con:
        return _rows_of(con, row_id)


def resolve_rejected(
    database: Path, row_ids: Sequence[str], *, note: str, by: str, clock: Clock = system_clock
) -> int:
    """Mark open rows as resolved, and count them.

    Raises:
        UnusableInput: One of the ids names no rejected row; then nothing is resolved.
    """
    with databases.connection(database) as con, databases.transaction(con):
        databases.create_raw_tables(con)
        rows = {row.row_id + row.kind: row for name in row_ids for row in _rows_of(con, name)}
        found = [row for row in rows.values() if row.state == OPEN]
        if found:
            con.executemany(
                "insert into main.raw_quarantine_resolutions by name"
                " select $kind as kind, $batch_id as batch_id, $row as row, $note as note,"
                " $by as resolved_by, $now as resolved_at",
                [
                    {"kind": row.kind, "batch_id": row.batch_id, "row": row.row}
                    | {"note": note, "by": by, "now": clock()}
                    for row in found
                ],
            )
    return len(found)


def export_rejected(
    database: Path,
    file: Path,
    *,
    kind: str | None = None,
    batch: str | None = None,
    with_resolved: bool = False,
) -> tuple[int, int]:
    """Write rejected rows as CSV with the columns of their kind, to be corrected and loaded again.

    Args:
        database: The warehouse.
        file: The new file.
        kind: What the rows are; needed where rows of several kinds are open.
        batch: Only those of this load.
        with_resolved: Resolved ones, too.

    Returns:
        How many rows were written, and how many could not be cut into columns.

    Raises:
        UnusableInput: There is nothing to export, or of several kinds, or the file is there.
    """
    if file.exists():
        raise UnusableInput(f"{file}: is there already; name a new file")
    with databases.connection(database, read_only=True) as con:
        where = (
            f"from ({rejected_rows_sql(con)}) where ($kind is null or kind = $kind)"
            " and ($batch is null or batch_id = $batch) and ($with_resolved or state = 'open')"
        )
        wanted = {"kind": kind, "batch": batch, "with_resolved": with_resolved}
        kinds = [
            name for (name,) in con.execute(f"select distinct kind {where}", wanted).fetchall()
        ]
        if not kinds:
            raise UnusableInput("there are no such rows in quarantine")
        if len(kinds) > 1:
            raise UnusableInput(
                f"there are rows of {', '.join(sorted(kinds))}: choose one with --kind"
            )
        record = KINDS[kinds[0]]
        names = list(file_columns_of(record))
        keys = con.execute(
            "select batch_id, row, case when json_valid(row_data)"
            " then json_type(row_data) = 'OBJECT' else false end"
            f" {where} order by quarantined_at, batch_id, row",
            wanted,
        ).fetchall()
        cells = {
            (batch_id, row): values
            for batch_id, row, *values in con.execute(
                f"select batch_id, row, {identifiers(names)} from {_cells(record)}"  # noqa: S608
            ).fetchall()
        }
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    whole = [(batch_id, row) for batch_id, row, is_cut in keys if is_cut]
    writer.writerows(cells[key] for key in whole)
    try:
        write_atomically(file.absolute(), text.getvalue())
    except OSError as error:
        raise UnusableInput(f"{file}: cannot be written ({error.strerror})") from error
    return len(whole), len(keys) - len(whole)


def _rows_of(con: duckdb.DuckDBPyConnection, row_id: str) -> list[RejectedRow]:
    batch_id, _, row = row_id.partition(":")
    rows = con.execute(
        f"""
        select kind, file, row, "column", reason, row_data, batch_id, quarantined_at,
            state, note, resolved_by, resolved_at
        from ({rejected_rows_sql(con)})
        where batch_id = $batch_id and ($row = '' or row = try_cast($row as bigint))
        order by kind, row
        """,  # noqa: S608 - our own SQL
        {"batch_id": batch_id, "row": row},
    ).fetchall()
    if not rows:
        raise UnusableInput(f"no rejected row is called {row_id}: see `warehouse quarantine list`")
    return [RejectedRow(*found) for found in rows]


def _cells(record: type[Record]) -> str:
    """The rejected rows of a kind, with the columns of its files as text, whatever their names."""
    called: dict[str, list[str]] = {}
    for name, column in meanings(record).items():
        called.setdefault(column, []).append(literal(name))
    values = ",\n        ".join(
        f"max(cell.value ->> '$') filter (where lower(trim(cell.key)) in ({', '.join(names)}))"
        f" as {identifier(column)}"
        for column, names in called.items()
    )
    return _CELLS.substitute(values=values, kind=literal(record.KIND))


def _loaded_since(record: type[Record]) -> str:
    """The rows of a kind whose identity (or a later version of it) came in after them."""
    columns = file_columns_of(record)
    sources = {name: (name, "VARCHAR") for name in columns}
    keys = ("kind", "batch_id", "row", "quarantined_at")
    parsed = parsing_of(record, sources, loaded_at=EARLIEST).over(_cells(record), keys)
    same_thing = same("rejected", "raw", record.IDENTITY)
    same_thing += f" and rejected.{identifier(record.IDENTITY[0])} is not null"
    if record.DISCIPLINE is Discipline.EVENT:
        same_thing += " and raw.version >= rejected.version"
    return _LOADED_SINCE.substitute(rejected=parsed, raw_table=record.TABLE, same_thing=same_thing)
