"""Which of several rows about one thing are let in (interfaces.md, event rules).

Works on temp.landing_rows, the parsed rows of a load. Leaves
- temp.landing_held: its rows that are not let in (source_row, is_conflict, reason): a repeat, or
  a conflict with the row that stays;
- temp.landing_displaced: rows of raw that give way to a row of this load that was known earlier.
"""

from string import Template

from duckdb import DuckDBPyConnection

from producer.common.sql import differing, identifier, identifiers, literal, same
from producer.records.contract import Discipline, Record, columns_of, payload_of

TABLES = (
    "landing_known",
    "landing_contested",
    "landing_candidates",
    "landing_held",
    "landing_displaced",
)

# Every name in these statements is the contract's; every value of a user is bound.
_KNOWN = Template("""
create or replace temp table landing_known as
select $columns
from main.$raw_table as known
semi join (select $keys from temp.landing_rows where reason is null) as incoming
    on $known_is_incoming
""")

# Nearly all rows of a load come once: the costly comparison is made for the others only.
_CONTESTED = Template("""
create or replace temp table landing_contested as
select $keys
from (
    select $keys from temp.landing_known
    union all
    select $keys from temp.landing_rows where reason is null
)
group by all
having count(*) > 1
""")

# Of candidates with one ingested_at the one known longer comes first, then file order.
_CANDIDATES = Template("""
create or replace temp table landing_candidates as
with candidates as (
    select true as is_known, $columns from temp.landing_known
    union all by name
    select false as is_known, $$batch_id as batch_id, * from temp.landing_rows where reason is null
)
select
    is_known,
    $columns,
    row_number() over history as place,
    row_number() over (
        partition by $keys, is_known order by ingested_at, batch_id, source_row
    ) as place_among_its_own,
    $repeats_previous as repeats_previous
from candidates as candidate
semi join temp.landing_contested as contested on $candidate_is_contested
window history as (
    partition by $keys order by ingested_at, not is_known, batch_id, source_row
)
""")

# An event: the first row received stays. Two equal rows of one file can be two events, of a kind
# with a column that distinguishes them.
_HELD_EVENTS = Template("""
create or replace temp table landing_held as
select
    candidate.source_row,
    not ($same_payload) or $is_second_of_file as is_conflict,
    concat(
        $event,
        case when $same_payload then ' occurs twice: as row ' else ' conflicts with row ' end,
        winner.source_row, ' of ',
        case when winner.is_known then batch.source else $$source end,
        ' (batch ', winner.batch_id, ')',
        case when not ($same_payload) then concat(': another ', $differing) end,
        case when $is_second_of_file then $tells_apart end
    ) as reason
from temp.landing_candidates as candidate
inner join temp.landing_candidates as winner on winner.place = 1 and $candidate_is_winner
left join main.raw_batches as batch on winner.batch_id = batch.batch_id and batch.kind = $kind
where not candidate.is_known and candidate.place > 1
""")

# What stayed until now differs from what stays from now on: that is an incoming row.
_DISPLACED_EVENTS = Template("""
create or replace temp table landing_displaced as
select
    candidate.*,
    concat(
        $event, ' gives way to row ', winner.source_row, ' of ', $$source,
        ' (batch ', winner.batch_id, '), known earlier: another ', $differing
    ) as reason
from temp.landing_candidates as candidate
inner join temp.landing_candidates as winner on winner.place = 1 and $candidate_is_winner
where candidate.is_known and candidate.place_among_its_own = 1 and not ($same_payload)
""")

# An observation: what says the same as the one before it is a repeat, anything else a fix.
_HELD_OBSERVATIONS = """
create or replace temp table landing_held as
select source_row, false as is_conflict, null::varchar as reason
from temp.landing_candidates
where not is_known and repeats_previous
"""

_DISPLACED_OBSERVATIONS = """
create or replace temp table landing_displaced as
select *, null::varchar as reason from temp.landing_candidates where false
"""


def resolve(con: DuckDBPyConnection, record: type[Record], *, batch_id: str, source: str) -> None:
    """Check the rows of a load against each other and against what is known."""
    is_event = record.DISCIPLINE is Discipline.EVENT
    keys = (*record.IDENTITY, "version") if is_event else record.IDENTITY
    payload = payload_of(record)
    words = {
        "raw_table": record.TABLE,
        "kind": literal(record.KIND),
        "columns": identifiers(columns_of(record)),
        "keys": identifiers(keys),
        "repeats_previous": "false" if is_event else _repeats_previous(payload),
        "known_is_incoming": _same_key(record, "known", "incoming", keys),
        "candidate_is_contested": _same_key(record, "candidate", "contested", keys),
        "candidate_is_winner": _same_key(record, "candidate", "winner", keys),
        "same_payload": same("candidate", "winner", payload),
        "differing": differing("candidate", "winner", payload),
        "event": _event(keys),
        "is_second_of_file": "candidate.place_among_its_own > 1" if record.TELLS_APART else "false",
        "tells_apart": literal(f"; {record.TELLS_APART}"),
    }
    con.execute(_KNOWN.substitute(words))
    con.execute(_CONTESTED.substitute(words))
    con.execute(_CANDIDATES.substitute(words), {"batch_id": batch_id})
    if is_event:
        con.execute(_HELD_EVENTS.substitute(words), {"source": source})
        con.execute(_DISPLACED_EVENTS.substitute(words), {"source": source})
    else:
        con.execute(_HELD_OBSERVATIONS)
        con.execute(_DISPLACED_OBSERVATIONS)


def _same_key(record: type[Record], left: str, right: str, keys: tuple[str, ...]) -> str:
    """Like `same`; but by `=` where no value is null, which lets DuckDB skip blocks of raw rows."""
    columns = columns_of(record)
    return " and ".join(
        f"{left}.{identifier(name)} = {right}.{identifier(name)}"
        if columns[name].required or name == "version"
        else same(left, right, [name])
        for name in keys
    )


def _repeats_previous(payload: tuple[str, ...]) -> str:
    """True for a row that says the same as the one before it; the first repeats nothing."""
    alike = " and ".join(
        f"{identifier(name)} is not distinct from lag({identifier(name)}) over history"
        for name in payload
    )
    return f"row_number() over history > 1 and {alike}"


def _event(keys: tuple[str, ...]) -> str:
    """Arguments of concat that name the event: trade_id 'T1', version '1'."""
    pieces: list[str] = []
    for name in keys:
        start = f"{name} '" if not pieces else f", {name} '"
        pieces += [literal(start), f"candidate.{identifier(name)}", literal("'")]
    return ", ".join(pieces)
