"""Hands the events of positions to the ledger."""

from kernels.ledger_entries import ledger_entries


def model(dbt, _session):
    """One row per state an event left, lot it closed or moved a piece of, and lot still open."""
    dbt.config(materialized="table")
    events = dbt.ref("int_events_priced").order("first_account_id, chain_id, event_number")
    return ledger_entries(
        events.to_arrow_table(),
        cost_methods=dbt.config.get("cost_methods"),
        largest_position=dbt.config.get("largest_position"),
        largest_cost=dbt.config.get("largest_cost"),
    )
