{{ config(materialized='incremental') }}

with

scopes_changed as (

    select
        scope_type,
        scope_id,
        first_changed_date

    from {{ ref('int_scopes_changed') }}

),

scope_values as (

    select
        scope_type,
        scope_id,
        value_date,
        total_value

    from {{ ref('fact_scope_value_daily') }}

),

-- All returns of a changed scope: how far back 250 valid ones reach, only they can tell.
returns as (

    select
        scope_days.scope_type,
        scope_days.scope_id,
        scope_days.value_date,
        scope_days.daily_return_pct,
        scope_days.value_date >= scopes_changed.first_changed_date as is_changed

    from {{ ref('scope_returns') }} as scope_days

    inner join scopes_changed
        on scope_days.scope_type = scopes_changed.scope_type
        and scope_days.scope_id = scopes_changed.scope_id

    where scope_days.daily_return_pct is not null

),

holdings as (

    select distinct
        scope_type,
        scope_id,
        value_date

    from {{ ref('fact_scope_positions_daily') }}

    where market_value <> 0

),

simulated as (

    select
        scope_type,
        scope_id,
        value_date,
        observation_count,
        worst_losses,
        proxied_pct,
        is_constant

    from {{ ref('int_historical_simulation_kernel') }}

),

valuation_days as (

    select
        returns.scope_type,
        returns.scope_id,
        returns.value_date,
        returns.daily_return_pct,
        returns.is_changed,
        case when scope_values.total_value >= 0.005 then scope_values.total_value end as capital,
        holdings.scope_id is null as is_empty

    from returns

    inner join scope_values
        on returns.scope_type = scope_values.scope_type
        and returns.scope_id = scope_values.scope_id
        and returns.value_date = scope_values.value_date

    left join holdings
        on returns.scope_type = holdings.scope_type
        and returns.scope_id = holdings.scope_id
        and returns.value_date = holdings.value_date

),

-- The last returns that were valid, in percent of value. A book that holds nothing and never moved
-- in the window has nothing to lose, which is more than being constant.
realized_windows as (

    select
        scope_type,
        scope_id,
        value_date,
        capital,
        is_changed,
        count(*) over last_returns as observation_count,
        max(0 - daily_return_pct, {{ var('var_tail') }}) over last_returns as worst_losses,
        min(daily_return_pct) over last_returns as lowest_return_pct,
        max(daily_return_pct) over last_returns as highest_return_pct,
        is_empty

    from valuation_days

    window last_returns as (
        partition by scope_type, scope_id
        order by value_date
        rows between {{ var('var_window') | int(1) - 1 }} preceding and current row
    )

),

tails as (

    select
        scope_type,
        scope_id,
        value_date,
        'historical_realized' as method,
        observation_count,
        worst_losses,
        capital / 100 as amount_per_loss,
        case when capital is not null then 1::double end as pct_per_loss,
        0::double as proxied_pct,
        highest_return_pct - lowest_return_pct <= 1e-12 as is_constant,
        is_empty and lowest_return_pct = 0 and highest_return_pct = 0 as is_riskless

    from realized_windows

    where is_changed

    union all

    select
        valuation_days.scope_type,
        valuation_days.scope_id,
        valuation_days.value_date,
        'historical_simulation' as method,
        simulated.observation_count,
        simulated.worst_losses,
        1::double as amount_per_loss,
        100 / valuation_days.capital as pct_per_loss,
        simulated.proxied_pct,
        simulated.is_constant,
        valuation_days.is_empty as is_riskless

    from valuation_days

    left join simulated
        on valuation_days.scope_type = simulated.scope_type
        and valuation_days.scope_id = simulated.scope_id
        and valuation_days.value_date = simulated.value_date

    where valuation_days.is_changed

),

judged as (

    select
        ---------- grain
        scope_type,
        scope_id,
        value_date,
        method,

        ---------- attributes
        -- Why there is no figure, or what kind of figure it is; the tail's length is judged later.
        case
            when is_riskless and pct_per_loss is null then 'no_capital'
            when is_riskless then 'no_positions'
            when coalesce(observation_count, 0) < {{ var('var_minimum') }}
                then 'insufficient_history'
            when proxied_pct > 50 then 'short_history'
            when is_constant then 'constant'
            when pct_per_loss is null then 'no_capital'
            when observation_count < {{ var('var_window') }} then 'short_window'
            else 'ok'
        end as tail_status,

        ---------- measures
        coalesce(observation_count, 0)::integer as observation_count,
        worst_losses,
        amount_per_loss,
        pct_per_loss,
        coalesce(proxied_pct, 0) as proxied_pct,

        ---------- flags
        is_riskless

    from tails

)

select * from judged
