{{ config(materialized='view') }}

with

volatilities as (

    select
        ---------- grain
        scope_id as account_id,
        value_date,

        ---------- attributes
        volatility_status,

        ---------- measures
        observation_count,
        annualized_volatility_pct

    from {{ ref('scope_volatility') }}

    where scope_type = 'account'

)

select * from volatilities
