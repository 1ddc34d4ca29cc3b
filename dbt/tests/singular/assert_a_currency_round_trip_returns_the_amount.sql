-- A returned row is a day on which money changed into another currency and back is not the same
-- money (law 16). Where both directions of a pair are quoted, the market itself need not agree.
with

rates as (

    select
        base_currency,
        quote_currency,
        value_date,
        quote_chain,
        rate

    from {{ ref('fact_fx_rates_daily') }}

),

quoted_both_ways as (

    select distinct
        quotes.base_currency,
        quotes.quote_currency

    from {{ ref('stg_fx_rates') }} as quotes

    semi join {{ ref('stg_fx_rates') }} as reversed_quotes
        on quotes.base_currency = reversed_quotes.quote_currency
        and quotes.quote_currency = reversed_quotes.base_currency

)

select
    out_rates.base_currency,
    out_rates.quote_currency,
    out_rates.value_date,
    out_rates.rate,
    back_rates.rate as rate_back

from rates as out_rates

left join rates as back_rates
    on out_rates.base_currency = back_rates.quote_currency
    and out_rates.quote_currency = back_rates.base_currency
    and out_rates.value_date = back_rates.value_date

-- Only what money is reported in is quoted for all others.
semi join rates as quotes
    on out_rates.base_currency = quotes.quote_currency

anti join quoted_both_ways
    on contains(
        out_rates.quote_chain,
        quoted_both_ways.base_currency || '-' || quoted_both_ways.quote_currency
    )

where not coalesce(abs(out_rates.rate * back_rates.rate - 1) <= 1e-9, false)
