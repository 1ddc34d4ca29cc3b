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
        scope_values.scope_type,
        scope_values.scope_id,
        scope_values.value_date,
        scope_values.total_value

    from {{ ref('fact_scope_value_daily') }} as scope_values

    inner join scopes_changed
        on scope_values.scope_type = scopes_changed.scope_type
        and scope_values.scope_id = scopes_changed.scope_id
        and scope_values.value_date >= scopes_changed.first_changed_date

),

positions as (

    select
        positions.scope_type,
        positions.scope_id,
        positions.value_date,
        positions.symbol,
        positions.market_value

    from {{ ref('fact_scope_positions_daily') }} as positions

    inner join scopes_changed
        on positions.scope_type = scopes_changed.scope_type
        and positions.scope_id = scopes_changed.scope_id
        and positions.value_date >= scopes_changed.first_changed_date

),

scenarios as (

    select
        scenario_id,
        scenario_name,
        scenario_kind

    from {{ ref('dim_scenario') }}

),

scopes as (

    select
        scope_type,
        scope_id,
        currency

    from {{ ref('dim_scope') }}

),

shocks as (

    select
        scenario_id,
        currency,
        symbol,
        replay_known_date,
        seeded_shock_pct,
        replay_shock_pct

    from {{ ref('fact_scenario_shocks') }}

),

-- A replay counts from the day its window had ended; before it, the seeded shock stands in.
position_shocks as (

    select
        positions.scope_type,
        positions.scope_id,
        positions.value_date,
        positions.market_value,
        shocks.scenario_id,
        case
            when positions.value_date >= shocks.replay_known_date then shocks.replay_shock_pct
        end as known_replay_shock_pct,
        coalesce(known_replay_shock_pct, shocks.seeded_shock_pct) as shock_pct,
        shocks.replay_known_date is not null and known_replay_shock_pct is null as is_fallback,
        {{ is_cash('positions.symbol') }} as is_cash

    from positions

    inner join scopes
        on positions.scope_type = scopes.scope_type
        and positions.scope_id = scopes.scope_id

    inner join shocks
        on positions.symbol = shocks.symbol
        and scopes.currency = shocks.currency

),

-- Cash has no price that a shock could reach, so it is not part of the gross value.
losses as (

    select
        scope_type,
        scope_id,
        value_date,
        scenario_id,
        {{ exact_sum('market_value * coalesce(shock_pct, 0) / 100') }} as pnl_amount,
        100 * (
            {{ exact_sum('if(shock_pct is null, abs(market_value), 0)') }}
            / nullif({{ exact_sum('if(is_cash, 0, abs(market_value))') }}, 0)
        ) as unshocked_pct,
        bool_or(is_fallback) as is_fallback

    from position_shocks

    group by scope_type, scope_id, value_date, scenario_id

),

outcomes as (

    select
        ---------- grain
        scenarios.scenario_id,
        scope_values.scope_type,
        scope_values.scope_id,
        scope_values.value_date,

        ---------- attributes
        scenarios.scenario_name,
        scenarios.scenario_kind,
        case
            when scope_values.total_value is null then 'missing_fx'
            when scope_values.total_value < {{ var('negligible_amount') }} then 'no_capital'
            when losses.unshocked_pct > 50 then 'not_covered'
            else 'ok'
        end as status,

        ---------- measures
        case
            when scope_values.total_value is not null then coalesce(losses.pnl_amount, 0)
        end as pnl_amount,
        case
            when scope_values.total_value >= {{ var('negligible_amount') }}
                then 100 * coalesce(losses.pnl_amount, 0) / scope_values.total_value
        end as pnl_pct,
        case
            when scope_values.total_value is not null then coalesce(losses.unshocked_pct, 0)
        end as unshocked_pct,

        ---------- flags
        coalesce(losses.is_fallback, false) as is_fallback

    from scope_values

    cross join scenarios

    left join losses
        on scope_values.scope_type = losses.scope_type
        and scope_values.scope_id = losses.scope_id
        and scope_values.value_date = losses.value_date
        and scenarios.scenario_id = losses.scenario_id

)

select * from outcomes
