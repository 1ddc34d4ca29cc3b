with

scenarios as (

    select
        scenario_id,
        scenario_name,
        scenario_kind,
        start_date,
        end_date,
        description

    from {{ ref('scenarios') }}

)

select * from scenarios
