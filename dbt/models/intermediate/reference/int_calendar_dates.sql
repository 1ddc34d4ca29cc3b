{{ config(materialized='table') }}

with

calendars as (

    select
        calendar,
        time_zone,
        is_open_on_weekends

    from {{ ref('stg_calendars') }}

),

exceptions as (

    select
        calendar,
        date,
        is_open

    from {{ ref('stg_calendar_exceptions') }}

),

event_dates as (

    select executed_at::date as date
    from {{ ref('stg_trades') }}

    union all

    select occurred_at::date as date
    from {{ ref('stg_cash_events') }}

    union all

    select occurred_at::date as date
    from {{ ref('stg_security_transfers') }}

    union all

    select coalesce(price_date, quoted_at::date) as date
    from {{ ref('stg_prices') }}

    union all

    select ex_date as date
    from {{ ref('stg_corporate_actions') }}

    union all

    select rate_date as date
    from {{ ref('stg_fx_rates') }}

),

-- From the day before the first event, since that is where a moment in UTC may still be somewhere,
-- to a year after the last, and 2024 to 2026 in any case.
span as (

    select
        least(min(date) - 1, date '2024-01-01') as first_date,
        greatest(max(date) + interval 1 year, date '2026-12-31')::date as last_date

    from event_dates

),

dates as (

    select {{ day_series('first_date', 'last_date') }} as date
    from span

),

calendar_dates as (

    select
        calendars.calendar,
        dates.date,
        timezone('UTC', timezone(calendars.time_zone, dates.date::timestamp)) as begins_at,
        coalesce(
            exceptions.is_open,
            calendars.is_open_on_weekends or {{ iso_weekday('dates.date') }} <= 5
        ) as is_open

    from dates

    cross join calendars

    left join exceptions
        on calendars.calendar = exceptions.calendar
        and dates.date = exceptions.date

),

value_dated as (

    select
        ---------- grain
        calendar,
        date,

        ---------- attributes
        min(case when is_open then date end) over from_here_on as value_date,
        max(case when is_open then date end) over until_here as last_open_date,
        begins_at,
        lead(begins_at) over from_here_on as ends_at,

        ---------- measures
        (count_if(is_open) over until_here)::integer as open_day_number,

        ---------- flags
        is_open

    from calendar_dates

    window
        from_here_on as (
            partition by calendar
            order by date
            rows between current row and unbounded following
        ),
        until_here as (
            partition by calendar
            order by date
            rows between unbounded preceding and current row
        )

)

select * from value_dated
