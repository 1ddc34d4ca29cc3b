-- depends_on: {{ ref('int_positions_replayed') }}
{{ config(materialized='incremental', meta={'changed_by': {'int_positions_replayed': none}}) }}

with

events as (

    select *
    from {{ ref('int_position_events') }}

    where action_id is not null

),

states as (

    select
        first_account_id,
        chain_id,
        event_number,
        is_arrival,
        is_applied,
        quantity_before,
        quantity,
        unit_cost,
        realized

    from {{ ref('int_position_ledger_kernel') }}

    where entry = 'state'

),

payments as (

    select
        action_id,
        currency,
        amount::double as amount,
        instrument_amount

    from {{ ref('fact_action_payments') }}

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

held as (

    select
        events.*,
        states.is_arrival,
        states.is_applied,
        case when states.is_arrival then events.new_symbol else events.symbol end
            as changed_symbol,
        states.quantity_before,
        states.quantity as quantity_after,
        states.unit_cost,
        states.realized

    from events

    inner join states
        on events.first_account_id = states.first_account_id
        and events.chain_id = states.chain_id
        and events.event_number = states.event_number

),

-- A long position receives a payment, a short one pays it.
booked as (

    select
        ---------- grain
        held.action_id,
        held.account_id,
        held.changed_symbol as symbol,

        ---------- attributes
        held.type,
        coalesce(payments.currency, symbols.currency) as currency,
        held.event_date as ex_date,
        calendar_dates.value_date,

        ---------- measures
        held.event_number,
        case when held.type = 'SPLIT' and held.is_applied then held.new_shares else 1 end
            as new_shares,
        case when held.type = 'SPLIT' and held.is_applied then held.old_shares else 1 end
            as old_shares,
        held.quantity_before as position_before,
        held.quantity_after as position_after,
        held.unit_cost as avg_cost_after,
        held.realized * symbols.multiplier as realized_pnl,
        case
            when held.type = 'DIVIDEND'
                then held.quantity_before::double * payments.amount * symbols.multiplier
            else 0
        end as dividend_amount,
        case
            when held.type = 'RETURN_OF_CAPITAL'
                then held.quantity_before::double * payments.amount * symbols.multiplier
            else 0
        end as returned_capital_amount,
        case
            when held.type = 'RETURN_OF_CAPITAL'
                then
                    held.quantity_before::double * payments.instrument_amount * symbols.multiplier
            when held.type = 'CASH_IN_LIEU' then held.lieu_amount * symbols.multiplier
            else 0
        end as local_paid_amount,

        ---------- flags
        held.is_arrival,
        held.is_applied

    from held

    left join payments
        on held.action_id = payments.action_id

    inner join accounts
        on held.account_id = accounts.account_id

    inner join symbols
        on held.changed_symbol = symbols.symbol

    inner join calendar_dates
        on accounts.calendar = calendar_dates.calendar
        and held.event_date = calendar_dates.date

)

select * from booked
