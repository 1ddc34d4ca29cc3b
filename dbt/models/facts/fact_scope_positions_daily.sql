{{ config(materialized='view') }}

with

positions as (

    select
        account_id,
        symbol,
        value_date,
        cumulative_position,
        market_value

    from {{ ref('fact_positions_daily') }}

    where cumulative_position <> 0

),

members as (

    select
        scope_type,
        scope_id,
        account_id,
        scope_calendar

    from {{ ref('int_scope_accounts') }}

),

calendar_dates as (

    select
        calendar,
        date

    from {{ ref('int_calendar_dates') }}

    where is_open

),

-- A long in one account and a short in another are one smaller risk to the scope that holds both.
netted as (

    select
        ---------- grain
        members.scope_type,
        members.scope_id,
        positions.symbol,
        positions.value_date,

        ---------- measures
        sum(positions.cumulative_position)::decimal(28, 8) as cumulative_position,
        {{ exact_sum('positions.market_value') }} as market_value

    from positions

    inner join members
        on positions.account_id = members.account_id

    inner join calendar_dates
        on members.scope_calendar = calendar_dates.calendar
        and positions.value_date = calendar_dates.date

    group by members.scope_type, members.scope_id, positions.symbol, positions.value_date

)

select * from netted
