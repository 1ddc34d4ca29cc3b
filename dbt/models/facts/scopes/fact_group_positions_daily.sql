{{ config(materialized='incremental') }}

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
        try_cast(cash_balance as decimal(28, 8)) as cumulative_position,
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
        account_calendar,
        scope_calendar

    from {{ ref('int_scope_accounts') }}

    where scope_type <> 'account'

),

last_day as (

    select last_price_date
    from {{ ref('int_last_day_priced') }}

),

rates as (

    select
        base_currency,
        quote_currency,
        value_date,
        rate

    from {{ ref('fact_fx_rates_daily') }}

),

scope_days as (

    select
        scope_calendar,
        account_calendar,
        value_date,
        account_date

    from {{ ref('int_scope_days') }}

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
        {{ cash_symbol('currency') }} as symbol,
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
        members.account_calendar,
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
        scope_days.scope_calendar,
        scope_days.account_calendar,
        scope_days.account_date,
        rates.base_currency,
        rates.quote_currency,
        rates.value_date,
        rates.rate

    from rates

    inner join scope_days
        on rates.value_date = scope_days.value_date

    inner join last_day
        on scope_days.value_date <= last_day.last_price_date

),

-- A long in one account and a short in another are one smaller risk to the scope that holds both.
netted as (

    select
        ---------- grain
        members_changed.scope_type,
        members_changed.scope_id,
        holdings.symbol,
        days_rated.value_date,

        ---------- measures
        try_cast(sum(holdings.cumulative_position) as decimal(28, 8)) as cumulative_position,
        {{ exact_sum('holdings.market_value * days_rated.rate') }} as market_value

    from holdings

    inner join members_changed
        on holdings.account_id = members_changed.account_id
        and coalesce(holdings.cash_currency <> members_changed.scope_currency, true)

    inner join days_rated
        on members_changed.scope_calendar = days_rated.scope_calendar
        and members_changed.account_calendar = days_rated.account_calendar
        and members_changed.base_currency = days_rated.base_currency
        and members_changed.scope_currency = days_rated.quote_currency
        and holdings.value_date = days_rated.account_date
        and members_changed.first_changed_date <= days_rated.value_date

    group by
        members_changed.scope_type,
        members_changed.scope_id,
        holdings.symbol,
        days_rated.value_date

)

select * from netted
