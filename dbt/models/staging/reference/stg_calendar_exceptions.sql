with

exceptions as (

    select
        calendar,
        date,
        is_open

    from {{ ref('calendar_exceptions') }}

)

select * from exceptions
