{{ config(materialized='incremental', meta={'changed_by': {'int_positions_replayed': none}}) }}

with

trades as (

    select
        account_id,
        symbol,
        value_date,
        event_number,
        position_after,
        avg_cost_after,
        realized_pnl,
        cash_effect_amount + fees::double as paid_amount,
        fees::double as fees,
        null::varchar as currency,
        0::double as dividend_amount,
        0::double as returned_capital_amount,
        1::double as split_ratio

    from {{ ref('fact_trades') }}

),

actions as (

    select
        account_id,
        symbol,
        value_date,
        event_number,
        position_after,
        avg_cost_after,
        realized_pnl,
        local_paid_amount as paid_amount,
        0::double as fees,
        currency,
        dividend_amount,
        returned_capital_amount,
        new_shares::double / old_shares as split_ratio

    from {{ ref('fact_corporate_actions') }}

),

transfers as (

    select
        account_id,
        symbol,
        value_date,
        event_number,
        position_after,
        avg_cost_after,
        realized_pnl,
        0::double as paid_amount,
        0::double as fees,
        null::varchar as currency,
        0::double as dividend_amount,
        0::double as returned_capital_amount,
        1::double as split_ratio

    from {{ ref('fact_transfers_booked') }}

),

accounts as (

    select
        account_id,
        base_currency

    from {{ ref('dim_account') }}

),

symbols as (

    select
        symbol,
        currency

    from {{ ref('dim_symbol') }}

),

rates as (

    select
        base_currency,
        quote_currency,
        value_date,
        rate

    from {{ ref('fact_fx_rates_daily') }}

),

positions_replayed as (

    select
        account_id,
        symbol

    from {{ ref('int_positions_replayed') }}

),

events as (

    select * from trades

    union all

    select * from actions

    union all

    select * from transfers

),

-- A payment is worth what its own currency is; what that is more than its worth by way of the
-- instrument's currency, in which it lowers the cost, a conversion gains.
events_converted as (

    select
        events.*,
        {{ in_currency('events.dividend_amount', 'payment_rates.rate') }} as dividends,
        case
            when events.currency = symbols.currency or events.returned_capital_amount = 0
                then 0::double
            else
                {{ in_currency('events.returned_capital_amount', 'payment_rates.rate') }}
                - {{ in_currency('events.paid_amount', 'rates.rate') }}
        end as conversion_pnl

    from events

    semi join positions_replayed
        on events.account_id = positions_replayed.account_id
        and events.symbol = positions_replayed.symbol

    inner join accounts
        on events.account_id = accounts.account_id

    inner join symbols
        on events.symbol = symbols.symbol

    left join rates
        on symbols.currency = rates.base_currency
        and accounts.base_currency = rates.quote_currency
        and events.value_date = rates.value_date

    left join rates as payment_rates
        on events.currency = payment_rates.base_currency
        and accounts.base_currency = payment_rates.quote_currency
        and events.value_date = payment_rates.value_date

),

-- A day ends with its last event; what was realised until then adds up over all of them.
day_ends as (

    select
        events.account_id,
        events.symbol,
        events.value_date,
        {{ max_by_keep_null('events.position_after', 'events.event_number') }} as position_after,
        {{ max_by_keep_null('events.avg_cost_after', 'events.event_number') }}
            as avg_cost_after,
        {{ exact_sum('events.realized_pnl') }} as realized_pnl,
        {{ exact_sum('events.paid_amount') }} as paid_amount,
        {{ exact_sum('events.fees') }} as fees,
        case
            when count(*) = count(events.dividends)
                then sum(events.dividends order by events.event_number)
        end as dividends,
        case
            when count(*) = count(events.conversion_pnl)
                then sum(events.conversion_pnl order by events.event_number)
        end as conversion_pnl,
        {{ product('events.split_ratio', order_by='events.event_number') }} as split_ratio

    from events_converted as events

    group by events.account_id, events.symbol, events.value_date

),

days_converted as (

    select
        day_ends.*,
        {{ in_currency('day_ends.realized_pnl', 'rates.rate') }} as realized_pnl_in_base

    from day_ends

    inner join accounts
        on day_ends.account_id = accounts.account_id

    inner join symbols
        on day_ends.symbol = symbols.symbol

    left join rates
        on symbols.currency = rates.base_currency
        and accounts.base_currency = rates.quote_currency
        and day_ends.value_date = rates.value_date

),

intervals as (

    select
        ---------- grain
        account_id,
        symbol,
        value_date as valid_from_date,

        ---------- attributes
        case
            when position_after = 0 then value_date
            else lead(value_date) over history - 1
        end as valid_until_date,

        ---------- measures
        position_after as cumulative_position,
        avg_cost_after as avg_cost_per_share,
        case
            when count(*) over history = count(realized_pnl_in_base) over history
                then sum(realized_pnl_in_base::decimal(38, 10)) over history::double
        end as realized_pnl_to_date,
        realized_pnl as local_realized_pnl,
        paid_amount as local_paid_amount,
        fees as local_fees,
        dividends,
        conversion_pnl,
        split_ratio

    from days_converted

    window history as (
        partition by account_id, symbol
        order by value_date
    )

)

select * from intervals
