{{ config(materialized='view') }}

with

drawdowns as (

    select
        ---------- grain
        scope_id as account_id,
        value_date,

        ---------- measures
        wealth_index,
        peak_index,
        drawdown_pct,
        max_drawdown_pct,

        ---------- flags
        is_under_water

    from {{ ref('scope_drawdown') }}

    where scope_type = 'account'

)

select * from drawdowns
