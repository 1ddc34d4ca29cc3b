with

calendars as (

    select
        calendar,
        time_zone,
        is_open_on_weekends,
        trading_days_per_year

    from {{ ref('calendars') }}

)

select * from calendars
