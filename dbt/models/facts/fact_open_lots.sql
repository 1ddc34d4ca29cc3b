{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed('int_positions_replayed', ['account_id', 'symbol']) }}",
) }}

with

lots as (

    select
        cost_method,
        open_event_row,
        account_id,
        symbol,
        entry_number,
        quantity,
        unit_cost

    from {{ ref('int_position_ledger_kernel') }}

    where entry = 'open_lot'

),

openings as (

    select
        event_row,
        coalesce(trade_id, transfer_event_id) as trade_id

    from {{ ref('int_position_events') }}

),

trades as (

    select
        trade_id,
        value_date

    from {{ ref('fact_trades') }}

    union all

    select
        event_id as trade_id,
        acquired_date as value_date

    from {{ ref('fact_transfers_booked') }}

),

opened as (

    select
        ---------- grain
        lots.cost_method,
        lots.account_id,
        lots.symbol,
        lots.entry_number as lot_number,

        ---------- ids
        openings.trade_id as open_trade_id,

        ---------- attributes
        trades.value_date as open_date,

        ---------- measures
        lots.quantity as open_quantity,
        lots.unit_cost::decimal(28, 10) as open_price

    from lots

    inner join openings
        on lots.open_event_row = openings.event_row

    inner join trades
        on openings.trade_id = trades.trade_id

)

select * from opened
