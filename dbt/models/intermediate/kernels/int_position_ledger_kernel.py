"""Hands the events of positions to the ledger, and takes states, closed and open lots back."""

import pyarrow as pa

from kernels.decimals import decimals_of, units_of
from kernels.position_ledger import Event, EventType, replay

SCHEMA = pa.schema(
    [
        ("entry", pa.string()),
        ("cost_method", pa.string()),
        ("event_row", pa.int64()),
        ("is_arrival", pa.bool_()),
        ("is_applied", pa.bool_()),
        ("open_event_row", pa.int64()),
        ("close_event_row", pa.int64()),
        ("account_id", pa.string()),
        ("symbol", pa.string()),
        ("entry_number", pa.int32()),
        ("quantity_before", pa.decimal128(28, 8)),
        ("quantity", pa.decimal128(28, 8)),
        ("unit_cost", pa.float64()),
        ("close_price", pa.float64()),
        ("realized", pa.float64()),
        ("moved_cost", pa.float64()),
        ("is_short", pa.bool_()),
    ]
)
COLUMNS = (
    "event_row",
    "first_account_id || chr(31) || chain_id as chain",
    "symbol",
    "type",
    "signed_quantity",
    "coalesce(price, 0)::double as price",
    "coalesce(new_shares, 1) as new_shares",
    "coalesce(old_shares, 1) as old_shares",
    "new_symbol",
    "coalesce(moved_cost_ratio, 0) as moved_cost_ratio",
    "coalesce(unit_scale_ratio, 1) as unit_scale_ratio",
    "case when type = 'RETURN_OF_CAPITAL' then instrument_amount else lieu_amount end as amount",
    "account_id",
    "out_event_id",
    "unit_cost::double as unit_cost",
)


def model(dbt, _session):
    """One row per state an event left, lot it closed or moved a piece of, and lot still open."""
    dbt.config(materialized="table")
    payments = dbt.ref("fact_action_payments").project("action_id as paid_id, instrument_amount")
    events = dbt.ref("int_position_events").join(payments, "action_id = paid_id", how="left")
    events = events.join(dbt.ref("int_transfers_priced"), "event_row", how="left")
    events = events.order("event_row").project(", ".join(COLUMNS)).arrow()
    if isinstance(events, pa.RecordBatchReader):
        events = events.read_all()
    values = {
        name: units_of(events[name]) if name == "signed_quantity" else events[name].to_pylist()
        for name in events.column_names
    }
    values["type"] = [EventType[name] for name in values["type"]]
    ledger = replay(map(Event, *values.values()), dbt.config.get("cost_methods"))
    return pa.concat_tables(
        [
            _states(ledger.states),
            _closed_lots(ledger.closed_lots),
            _open_lots(ledger.open_lots),
            _moved_lots(ledger.moved_lots),
        ]
    )


def _states(states):
    return _table(
        "state",
        len(states.row),
        event_row=states.row,
        is_arrival=states.is_arrival,
        is_applied=states.is_applied,
        quantity_before=decimals_of(states.units_before, 28, 8),
        quantity=decimals_of(states.units_after, 28, 8),
        unit_cost=states.average_cost_after,
        realized=states.realized,
        moved_cost=states.moved_cost,
    )


def _closed_lots(lots):
    return _table(
        "closed_lot",
        len(lots.row),
        cost_method=lots.method,
        event_row=lots.row,
        open_event_row=lots.open_row,
        close_event_row=lots.closing_row,
        entry_number=lots.piece_number,
        quantity=decimals_of(lots.units, 28, 8),
        unit_cost=lots.open_price,
        close_price=lots.close_price,
        realized=lots.gain,
        is_short=lots.is_short,
    )


def _open_lots(lots):
    return _table(
        "open_lot",
        len(lots.open_row),
        cost_method=lots.method,
        open_event_row=lots.open_row,
        account_id=lots.account,
        symbol=lots.symbol,
        entry_number=lots.lot_number,
        quantity=decimals_of(lots.units, 28, 8),
        unit_cost=lots.open_price,
    )


def _moved_lots(lots):
    return _table(
        "moved_lot",
        len(lots.row),
        cost_method=lots.method,
        event_row=lots.row,
        open_event_row=lots.open_row,
        entry_number=lots.lot_number,
        quantity=decimals_of(lots.units, 28, 8),
        unit_cost=lots.open_price,
    )


def _table(entry, count, **columns):
    """Rows of one kind of entry; what it has nothing to say about is null."""
    columns["entry"] = [entry] * count
    return pa.table(
        {
            field.name: columns[field.name]
            if isinstance(columns.get(field.name), pa.Array)
            else pa.array(columns.get(field.name) or [None] * count, field.type)
            for field in SCHEMA
        },
        schema=SCHEMA,
    )
