with

calendar_dates as (

    select
        date,
        is_open

    from {{ ref('int_calendar_dates') }}

    where calendar = '{{ var("default_calendar") }}'

),

described as (

    select
        ---------- grain
        date,

        ---------- attributes
        year(date)::integer as calendar_year,
        quarter(date)::integer as calendar_quarter,
        month(date)::integer as calendar_month,
        isoyear(date)::integer as iso_year,
        weekofyear(date)::integer as iso_week,
        {{ iso_weekday('date') }}::integer as iso_day_of_week,

        ---------- flags
        is_open as is_trading_day,
        {{ iso_weekday('date') }} > 5 as is_weekend,
        date = last_day(date) as is_month_end

    from calendar_dates

)

select * from described
