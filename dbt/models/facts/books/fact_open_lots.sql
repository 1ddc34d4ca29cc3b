-- depends_on: {{ ref('int_positions_replayed') }}
{{ config(materialized='incremental', meta={'changed_by': {'int_positions_replayed': none}}) }}

with

lots as (

    select
        cost_method,
        first_account_id,
        chain_id,
        open_event_number,
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
        first_account_id,
        chain_id,
        event_number,
        trade_id,
        transfer_event_id

    from {{ ref('int_position_events') }}

),

trades as (

    select
        trade_id,
        value_date

    from {{ ref('fact_trades') }}

),

transfers as (

    select
        event_id,
        acquired_date

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
        {{ opener_id('openings.trade_id', 'openings.transfer_event_id') }} as open_trade_id,

        ---------- attributes
        coalesce(trades.value_date, transfers.acquired_date) as open_date,

        ---------- measures
        lots.quantity as open_quantity,
        lots.unit_cost::decimal(28, 10) as open_price

    from lots

    inner join openings
        on lots.first_account_id = openings.first_account_id
        and lots.chain_id = openings.chain_id
        and lots.open_event_number = openings.event_number

    left join trades
        on openings.trade_id = trades.trade_id

    left join transfers
        on openings.transfer_event_id = transfers.event_id

)

select * from opened
