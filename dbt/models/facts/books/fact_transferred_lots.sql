-- depends_on: {{ ref('int_positions_replayed') }}
{{ config(materialized='incremental', meta={'changed_by': {'int_positions_replayed': none}}) }}

with

lots as (

    select
        cost_method,
        event_row,
        open_event_row,
        entry_number,
        quantity,
        unit_cost

    from {{ ref('int_position_ledger_kernel') }}

    where entry = 'moved_lot'

),

events as (

    select
        event_row,
        account_id,
        symbol,
        trade_id,
        transfer_event_id

    from {{ ref('int_position_events') }}

),

transferred as (

    select
        ---------- grain
        lots.cost_method,
        events.transfer_event_id as event_id,
        lots.entry_number as lot_number,

        ---------- ids
        events.account_id,
        events.symbol,
        {{ opener_id('openings.trade_id', 'openings.transfer_event_id') }} as open_trade_id,

        ---------- measures
        lots.quantity as signed_quantity,
        lots.unit_cost::decimal(28, 10) as open_price

    from lots

    inner join events
        on lots.event_row = events.event_row

    inner join events as openings
        on lots.open_event_row = openings.event_row

)

select * from transferred
