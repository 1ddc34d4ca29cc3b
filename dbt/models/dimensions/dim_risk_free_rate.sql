with

rates as (

    select
        ---------- grain
        currency,
        rate_date,

        ---------- measures
        annual_rate_ratio

    from {{ ref('stg_risk_free_rates') }}

)

select * from rates
