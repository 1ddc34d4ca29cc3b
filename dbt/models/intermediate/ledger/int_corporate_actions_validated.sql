{{ config(materialized='table') }}

with

actions as (

    select
        action_id,
        symbol,
        new_symbol,
        type,
        ex_date,
        currency,
        new_shares,
        old_shares,
        amount,
        coalesce(cost_fraction_ratio, 0)::double as moved_cost_ratio

    from {{ ref('stg_corporate_actions') }}

),

symbols as (

    select
        symbol,
        currency,
        multiplier::double as multiplier

    from {{ ref('int_symbols_named') }}

),

described as (

    select
        ---------- grain
        actions.action_id,

        ---------- ids
        actions.symbol,
        actions.new_symbol,

        ---------- attributes
        actions.type,
        actions.ex_date,
        coalesce(actions.currency, symbols.currency) as currency,
        symbols.currency as instrument_currency,

        ---------- measures
        actions.new_shares,
        actions.old_shares,
        actions.amount,
        actions.moved_cost_ratio,
        coalesce(symbols.multiplier / new_symbols.multiplier, 1) as unit_scale_ratio,

        ---------- flags
        -- Why it cannot be booked, null if it can.
        case
            when
                actions.currency <> symbols.currency
                and actions.type not in ('DIVIDEND', 'RETURN_OF_CAPITAL')
                then 'another currency than its instrument'
            when actions.new_symbol = actions.symbol then 'new_symbol is the symbol itself'
            when new_symbols.currency <> symbols.currency
                then 'new_symbol is of another currency'
        end as rejection_reason

    from actions

    inner join symbols
        on actions.symbol = symbols.symbol

    left join symbols as new_symbols
        on actions.new_symbol = new_symbols.symbol
        and actions.type in ('SPINOFF', 'SYMBOL_CHANGE')

)

select * from described
