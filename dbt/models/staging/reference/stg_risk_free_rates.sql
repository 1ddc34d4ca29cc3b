with

rates as (

    select
        currency,
        date as rate_date,
        annual_rate as annual_rate_ratio

    from {{ ref('risk_free_rates') }}

)

select * from rates
