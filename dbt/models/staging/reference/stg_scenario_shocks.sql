with

shocks as (

    select
        scenario_id,
        shock_level,
        shock_key,
        shock_pct

    from {{ ref('scenario_shocks') }}

)

select * from shocks
