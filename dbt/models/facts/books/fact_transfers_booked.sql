-- depends_on: {{ ref('int_positions_replayed') }}
{{ config(materialized='incremental', meta={'changed_by': {'int_positions_replayed': none}}) }}

with

events as (

    select *
    from {{ ref('int_position_events') }}

    where type = 'TRANSFER'

),

states as (

    select
        first_account_id,
        chain_id,
        event_number,
        quantity_before,
        quantity,
        unit_cost,
        realized,
        moved_cost

    from {{ ref('int_position_ledger_kernel') }}

    where entry = 'state'

),

transfers as (

    select
        event_id,
        transfer_id,
        direction,
        occurred_at,
        acquired_at,
        cost_per_share

    from {{ ref('int_security_transfers_paired') }}

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
        events.transfer_event_id as event_id,

        ---------- ids
        events.account_id,
        events.symbol,
        transfers.transfer_id,
        events.out_event_id,

        ---------- attributes
        transfers.direction,
        symbols.currency,
        transfers.occurred_at,
        events.event_date as transfer_date,
        calendar_dates.value_date,
        coalesce(transfers.acquired_at::date, calendar_dates.value_date) as acquired_date,

        ---------- measures
        events.event_number,
        events.quantity,
        events.signed_quantity::decimal(28, 8) as signed_quantity,
        transfers.cost_per_share,
        states.quantity_before as position_before,
        states.quantity as position_after,
        states.unit_cost as avg_cost_after,
        states.realized * symbols.multiplier as realized_pnl,
        states.moved_cost * symbols.multiplier as local_cost

    from events

    inner join states
        on events.first_account_id = states.first_account_id
        and events.chain_id = states.chain_id
        and events.event_number = states.event_number

    inner join transfers
        on events.transfer_event_id = transfers.event_id

    inner join accounts
        on events.account_id = accounts.account_id

    inner join symbols
        on events.symbol = symbols.symbol

    inner join calendar_dates
        on accounts.calendar = calendar_dates.calendar
        and events.event_date = calendar_dates.date

)

select * from booked
