{{ config(
    materialized='incremental',
    pre_hook="{{ forget_changed('int_scopes_changed', ['scope_type', 'scope_id'], 'value_date') }}",
) }}

with

scopes_changed as (

    select
        scope_type,
        scope_id,
        first_changed_date

    from {{ ref('int_scopes_changed') }}

),

positions as (

    select
        account_id,
        symbol,
        value_date,
        cumulative_position,
        market_value

    from {{ ref('fact_positions_daily') }}

    where
        cumulative_position <> 0
        and market_value is not null

),

cash_balances as (

    select
        account_id,
        currency,
        value_date,
        cash_balance::decimal(28, 8) as cumulative_position,
        cash_value as market_value

    from {{ ref('fact_cash_balances_daily') }}

    where
        cash_balance <> 0
        and cash_value is not null

),

members as (

    select
        scope_type,
        scope_id,
        account_id,
        base_currency,
        scope_currency,
        scope_calendar

    from {{ ref('int_scope_accounts') }}

),

rates as (

    select
        base_currency,
        quote_currency,
        value_date,
        rate

    from {{ ref('fact_fx_rates_daily') }}

),

calendar_dates as (

    select
        calendar,
        date

    from {{ ref('int_calendar_dates') }}

    where is_open

),

-- Cash of another currency than the scope's moves with its rate, so it is a holding too.
holdings as (

    select
        account_id,
        symbol,
        null as cash_currency,
        value_date,
        cumulative_position,
        market_value

    from positions

    union all

    select
        account_id,
        'CASH:' || currency as symbol,
        currency as cash_currency,
        value_date,
        cumulative_position,
        market_value

    from cash_balances

),

members_changed as materialized (

    select
        members.scope_type,
        members.scope_id,
        members.account_id,
        members.base_currency,
        members.scope_currency,
        members.scope_calendar,
        scopes_changed.first_changed_date

    from members

    inner join scopes_changed
        on members.scope_type = scopes_changed.scope_type
        and members.scope_id = scopes_changed.scope_id

),

-- Written down first: days and rates are few, and must not meet every holding of a day.
days_rated as materialized (

    select
        calendar_dates.calendar,
        rates.base_currency,
        rates.quote_currency,
        rates.value_date,
        rates.rate

    from rates

    inner join calendar_dates
        on rates.value_date = calendar_dates.date

),

-- A long in one account and a short in another are one smaller risk to the scope that holds both.
netted as (

    select
        ---------- grain
        members_changed.scope_type,
        members_changed.scope_id,
        holdings.symbol,
        holdings.value_date,

        ---------- measures
        sum(holdings.cumulative_position)::decimal(28, 8) as cumulative_position,
        {{ exact_sum('holdings.market_value * days_rated.rate') }} as market_value

    from holdings

    inner join members_changed
        on holdings.account_id = members_changed.account_id
        and holdings.value_date >= members_changed.first_changed_date
        and coalesce(holdings.cash_currency <> members_changed.scope_currency, true)

    inner join days_rated
        on members_changed.scope_calendar = days_rated.calendar
        and members_changed.base_currency = days_rated.base_currency
        and members_changed.scope_currency = days_rated.quote_currency
        and holdings.value_date = days_rated.value_date

    group by
        members_changed.scope_type,
        members_changed.scope_id,
        holdings.symbol,
        holdings.value_date

)

select * from netted
