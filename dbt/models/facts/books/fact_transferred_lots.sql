-- depends_on: {{ ref('int_positions_replayed') }}
{{ config(materialized='incremental', meta={'changed_by': {'int_positions_replayed': none}}) }}

with

lots as (

    select
        cost_method,
        first_account_id,
        chain_id,
        event_number,
        open_event_number,
        entry_number,
        quantity,
        unit_cost

    from {{ ref('int_position_ledger_kernel') }}

    where entry = 'moved_lot'

),

events as (

    select
        first_account_id,
        chain_id,
        event_number,
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
        on lots.first_account_id = events.first_account_id
        and lots.chain_id = events.chain_id
        and lots.event_number = events.event_number

    inner join events as openings
        on lots.first_account_id = openings.first_account_id
        and lots.chain_id = openings.chain_id
        and lots.open_event_number = openings.event_number

)

select * from transferred
