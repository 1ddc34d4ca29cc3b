{{ config(materialized='incremental', meta={'changed_by': {'int_positions_replayed': none}}) }}

with

events as (

    select *
    from {{ ref('int_position_events') }}

    where type = 'TRADE'

),

states as (

    select
        first_account_id,
        chain_id,
        event_number,
        quantity as position_after,
        unit_cost as avg_cost_after,
        realized

    from {{ ref('int_position_ledger_kernel') }}

    where entry = 'state'

),

lots_closed as (

    select
        closed_lots.close_trade_id,
        {{ exact_sum('closed_lots.realized_pnl') }} as realized_pnl_fifo

    from {{ ref('fact_closed_lots') }} as closed_lots

    semi join {{ ref('int_positions_replayed') }} as replayed
        on closed_lots.account_id = replayed.account_id
        and closed_lots.symbol = replayed.symbol

    where
        closed_lots.cost_method = 'FIFO'
        and closed_lots.close_action_id = ''

    group by closed_lots.close_trade_id

),

accounts as (

    select
        account_id,
        calendar

    from {{ ref('dim_account') }}

),

symbols as (

    select
        symbol,
        currency,
        multiplier::double as multiplier

    from {{ ref('dim_symbol') }}

),

calendar_dates as (

    select
        calendar,
        date,
        value_date

    from {{ ref('int_calendar_dates') }}

),

booked as (

    select
        ---------- grain
        events.trade_id,

        ---------- ids
        events.account_id,
        events.symbol,

        ---------- attributes
        events.side,
        symbols.currency,
        events.executed_at,
        events.event_date as trade_date,
        calendar_dates.value_date,

        ---------- measures
        events.event_number,
        events.quantity,
        events.signed_quantity::decimal(28, 8) as signed_quantity,
        events.price,
        events.fees,
        {{ trade_cash_effect(
            'events.signed_quantity', 'events.price', 'symbols.multiplier', 'events.fees'
        ) }} as cash_effect_amount,
        states.position_after,
        states.avg_cost_after,
        states.realized * symbols.multiplier as realized_pnl,
        coalesce(lots_closed.realized_pnl_fifo, 0) as realized_pnl_fifo

    from events

    inner join states
        on events.first_account_id = states.first_account_id
        and events.chain_id = states.chain_id
        and events.event_number = states.event_number

    left join lots_closed
        on events.trade_id = lots_closed.close_trade_id

    inner join accounts
        on events.account_id = accounts.account_id

    inner join symbols
        on events.symbol = symbols.symbol

    inner join calendar_dates
        on accounts.calendar = calendar_dates.calendar
        and events.event_date = calendar_dates.date

)

select * from booked
