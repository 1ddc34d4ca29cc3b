"""The ledger from table to table: the events of whole books in, what they come to out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from kernels.decimals import decimals_of, units_of
from kernels.position_ledger import Event, EventType, Limits, replay

QUANTITY = pa.decimal128(28, 8)
SCHEMA = pa.schema(
    [
        ("entry", pa.string()),
        ("cost_method", pa.string()),
        ("first_account_id", pa.string()),
        ("chain_id", pa.string()),
        ("event_number", pa.int32()),
        ("is_arrival", pa.bool_()),
        ("is_applied", pa.bool_()),
        ("open_event_number", pa.int32()),
        ("close_event_number", pa.int32()),
        ("account_id", pa.string()),
        ("symbol", pa.string()),
        ("entry_number", pa.int32()),
        ("quantity_before", QUANTITY),
        ("quantity", QUANTITY),
        ("unit_cost", pa.float64()),
        ("close_price", pa.float64()),
        ("realized", pa.float64()),
        ("moved_cost", pa.float64()),
        ("is_short", pa.bool_()),
    ]
)


def ledger_entries(
    events: pa.Table, *, cost_methods: Sequence[str], largest_position: int, largest_cost: float
) -> pa.Table:
    """Replay the events of whole books.

    Args:
        events: The columns of int_events_priced, book after book (first_account_id and chain_id),
            each in the order of event_number.
        cost_methods: Lots are kept by each of them.
        largest_position: Shares that an action may make of a position.
        largest_cost: Cost of a share that it may make.

    Returns:
        One row of SCHEMA per state an event left, piece of a lot it closed or moved, and lot still
        open; null where that says nothing of a column.
    """
    values = {name: events[name].to_pylist() for name in events.column_names}
    books = list(zip(values.pop("first_account_id"), values["chain_id"], strict=True))
    rows = range(len(books))
    types = [EventType[name] for name in values["type"]]
    ledger = replay(
        map(
            Event,
            rows,
            books,
            values["symbol"],
            types,
            units_of(events["signed_quantity"]),
            values["price"],
            values["new_shares"],
            values["old_shares"],
            values["new_symbol"],
            values["moved_cost_ratio"],
            values["unit_scale_ratio"],
            values["amount"],
            values["account_id"],
            values["out_event_id"],
            values["unit_cost"],
        ),
        cost_methods,
        limits=Limits(largest_position, largest_cost),
    )
    states, closed_lots = ledger.states, ledger.closed_lots
    open_lots, moved_lots = ledger.open_lots, ledger.moved_lots
    return pa.concat_tables(
        [
            _entries(
                events,
                "state",
                states.row,
                event_number=_numbers(events, states.row),
                is_arrival=states.is_arrival,
                is_applied=states.is_applied,
                quantity_before=_quantities(states.units_before),
                quantity=_quantities(states.units_after),
                unit_cost=states.average_cost_after,
                realized=states.realized,
                moved_cost=states.moved_cost,
            ),
            _entries(
                events,
                "closed_lot",
                closed_lots.row,
                cost_method=closed_lots.method,
                event_number=_numbers(events, closed_lots.row),
                open_event_number=_numbers(events, closed_lots.open_row),
                close_event_number=_numbers(events, closed_lots.closing_row),
                entry_number=closed_lots.piece_number,
                quantity=_quantities(closed_lots.units),
                unit_cost=closed_lots.open_price,
                close_price=closed_lots.close_price,
                realized=closed_lots.gain,
                is_short=closed_lots.is_short,
            ),
            _entries(
                events,
                "open_lot",
                open_lots.open_row,
                cost_method=open_lots.method,
                open_event_number=_numbers(events, open_lots.open_row),
                account_id=open_lots.account,
                symbol=open_lots.symbol,
                entry_number=open_lots.lot_number,
                quantity=_quantities(open_lots.units),
                unit_cost=open_lots.open_price,
            ),
            _entries(
                events,
                "moved_lot",
                moved_lots.row,
                cost_method=moved_lots.method,
                event_number=_numbers(events, moved_lots.row),
                open_event_number=_numbers(events, moved_lots.open_row),
                entry_number=moved_lots.lot_number,
                quantity=_quantities(moved_lots.units),
                unit_cost=moved_lots.open_price,
            ),
        ]
    )


def _entries(events: pa.Table, entry: str, rows: list[int], **columns: Any) -> pa.Table:
    """Rows of one kind of entry, each of the book of the event in that row of the events."""
    book = events.select(["first_account_id", "chain_id"]).take(pa.array(rows, pa.int64()))
    columns |= {name: book[name].combine_chunks() for name in book.column_names}
    columns["entry"] = [entry] * len(rows)
    return pa.table(
        [
            column
            if isinstance(column := columns.get(field.name), pa.Array)
            else pa.array(column or [None] * len(rows), field.type)
            for field in SCHEMA
        ],
        schema=SCHEMA,
    )


def _numbers(events: pa.Table, rows: list[int]) -> pa.Array:
    """The numbers, within their books, of the events in these rows."""
    return events["event_number"].take(pa.array(rows, pa.int64())).combine_chunks()


def _quantities(units: list[int]) -> pa.Array:
    return decimals_of(units, QUANTITY.precision, QUANTITY.scale)
