{{ config(materialized='table') }}

with

calendars as (

    select distinct
        scope_calendar,
        account_calendar

    from {{ ref('int_scope_accounts') }}

),

calendar_dates as (

    select
        calendar,
        date,
        last_open_date,
        is_open

    from {{ ref('int_calendar_dates') }}

),

-- On a holiday of its own an account is worth in a scope what it was at its last close.
scope_days as (

    select
        ---------- grain
        calendars.scope_calendar,
        calendars.account_calendar,
        scope_dates.date as value_date,

        ---------- attributes
        account_dates.last_open_date as account_date

    from calendars

    inner join calendar_dates as scope_dates
        on calendars.scope_calendar = scope_dates.calendar
        and scope_dates.is_open

    inner join calendar_dates as account_dates
        on calendars.account_calendar = account_dates.calendar
        and scope_dates.date = account_dates.date

    where account_dates.last_open_date is not null

)

select * from scope_days
