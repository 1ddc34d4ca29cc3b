{{ config(materialized='incremental') }}

with

scopes_changed as (

    select
        scope_type,
        scope_id,
        first_changed_date

    from {{ ref('int_scopes_changed') }}

),

-- All returns of a changed scope: how far back 30 valid ones reach, only they can tell.
returns as (

    select
        scope_days.scope_type,
        scope_days.scope_id,
        scope_days.value_date,
        scope_days.return_status,
        scope_days.daily_return_pct,
        scope_days.value_date >= scopes_changed.first_changed_date as is_changed

    from {{ ref('scope_returns') }} as scope_days

    inner join scopes_changed
        on scope_days.scope_type = scopes_changed.scope_type
        and scope_days.scope_id = scopes_changed.scope_id

),

scopes as (

    select
        scope_type,
        scope_id,
        trading_days_per_year

    from {{ ref('dim_scope') }}

),

-- Days without a valid return are skipped: a window holds 30 returns, however many days that takes.
valid_returns as (

    select
        scope_type,
        scope_id,
        value_date,
        count(*) over last_returns as observation_count,
        stddev_samp(daily_return_pct) over last_returns as daily_volatility_pct

    from returns

    where daily_return_pct is not null

    window last_returns as (
        partition by scope_type, scope_id
        order by value_date
        rows between {{ var('volatility_window') | int(1) - 1 }} preceding and current row
    )

),

annualized as (

    select
        ---------- grain
        returns.scope_type,
        returns.scope_id,
        returns.value_date,

        ---------- attributes
        case
            when returns.return_status in ('no_capital', 'missing_fx') then returns.return_status
            when valid_returns.observation_count < {{ var('volatility_window') }}
                then 'insufficient_history'
            else 'ok'
        end as volatility_status,

        ---------- measures
        coalesce(valid_returns.observation_count, 0)::integer as observation_count,
        case
            when valid_returns.observation_count = {{ var('volatility_window') }}
                then valid_returns.daily_volatility_pct * sqrt(scopes.trading_days_per_year)
        end as annualized_volatility_pct

    from returns

    inner join scopes
        on returns.scope_type = scopes.scope_type
        and returns.scope_id = scopes.scope_id

    left join valid_returns
        on returns.scope_type = valid_returns.scope_type
        and returns.scope_id = valid_returns.scope_id
        and returns.value_date = valid_returns.value_date

    where returns.is_changed

)

select * from annualized
