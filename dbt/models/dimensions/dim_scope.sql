with

members as (

    select
        scope_type,
        scope_id,
        scope_calendar,
        scope_currency,
        account_id

    from {{ ref('int_scope_accounts') }}

),

calendars as (

    select
        calendar,
        trading_days_per_year

    from {{ ref('stg_calendars') }}

),

scopes as (

    select
        ---------- grain
        members.scope_type,
        members.scope_id,

        ---------- attributes
        members.scope_calendar as calendar,
        members.scope_currency as currency,

        ---------- measures
        any_value(calendars.trading_days_per_year) as trading_days_per_year,
        count(*)::integer as account_count

    from members

    inner join calendars
        on members.scope_calendar = calendars.calendar

    group by
        members.scope_type,
        members.scope_id,
        members.scope_calendar,
        members.scope_currency

)

select * from scopes
