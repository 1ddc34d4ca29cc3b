with

actions as (

    select
        action_id,
        symbol,
        type,
        ex_date,
        currency,
        instrument_currency,
        amount

    from {{ ref('int_corporate_actions_validated') }}

    where
        type in ('DIVIDEND', 'RETURN_OF_CAPITAL')
        and rejection_reason is null

),

rates as (

    select
        base_currency,
        quote_currency,
        value_date,
        rate

    from {{ ref('fact_fx_rates_daily') }}

),

-- Payments after the last price take the last rate there is.
converted as (

    select
        ---------- grain
        actions.action_id,

        ---------- ids
        actions.symbol,

        ---------- attributes
        actions.type,
        actions.ex_date,
        actions.currency,
        actions.instrument_currency,

        ---------- measures
        actions.amount,
        case
            when actions.currency = actions.instrument_currency then 1::double else rates.rate
        end as fx_rate,
        actions.amount::double * fx_rate as instrument_amount

    from actions

    {{ asof_join(
        'left', 'rates',
        {'base_currency': 'actions.currency', 'quote_currency': 'actions.instrument_currency'},
        'value_date', 'actions.ex_date'
    ) }}

)

select * from converted
