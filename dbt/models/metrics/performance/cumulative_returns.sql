{{ config(materialized='view') }}

with

returns as (

    select
        ---------- grain
        scope_id as account_id,
        value_date,

        ---------- measures
        100 * (wealth_index - 1) as cumulative_return_pct,
        wealth_index

    from {{ ref('scope_returns') }}

    where scope_type = 'account'

)

select * from returns
