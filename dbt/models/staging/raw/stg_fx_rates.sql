with

rates as (

    select
        date as rate_date,
        base_currency,
        quote_currency,
        rate,
        ingested_at,
        batch_id,
        source_row

    from {{ source('raw', 'raw_fx_rates') }}

),

-- A later, different value of the same day is a fix: the latest we knew wins.
current_rates as (

    select
        ---------- grain
        base_currency,
        quote_currency,
        rate_date,

        ---------- measures
        rate,

        ---------- lineage
        ingested_at,
        batch_id

    from rates

    qualify row_number() over (
        partition by base_currency, quote_currency, rate_date
        order by ingested_at desc, batch_id desc, source_row desc
    ) = 1

)

select * from current_rates
