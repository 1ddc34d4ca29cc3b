{{ config(materialized='view') }}

with

returns as (

    select
        ---------- grain
        scope_id as account_id,
        value_date,

        ---------- attributes
        return_status,
        segment_id,

        ---------- measures
        daily_return_pct

    from {{ ref('scope_returns') }}

    where scope_type = 'account'

)

select * from returns
