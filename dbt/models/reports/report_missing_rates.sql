with

missing as (

    select
        ---------- grain
        base_currency,
        quote_currency,

        ---------- attributes
        (row_number() over (order by first_missing_date, base_currency, quote_currency))::integer
            as display_order,
        base_currency || '/' || quote_currency as currency_pair,
        first_missing_date,
        last_missing_date

    from {{ ref('fact_missing_fx_rates') }}

)

select * from missing
