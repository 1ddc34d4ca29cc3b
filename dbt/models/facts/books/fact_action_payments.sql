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
            when actions.currency = actions.instrument_currency then 1 else rates.rate
        end::double as fx_rate,
        actions.amount::double * fx_rate as instrument_amount

    from actions

    asof left join rates
        on actions.currency = rates.base_currency
        and actions.instrument_currency = rates.quote_currency
        and actions.ex_date >= rates.value_date

)

select * from converted
