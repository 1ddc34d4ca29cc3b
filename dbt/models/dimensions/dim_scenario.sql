with

scenarios as (

    select
        ---------- grain
        scenario_id,

        ---------- attributes
        scenario_name,
        scenario_kind,
        start_date,
        end_date,
        description

    from {{ ref('stg_scenarios') }}

)

select * from scenarios
