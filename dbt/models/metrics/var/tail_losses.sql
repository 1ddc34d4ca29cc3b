-- depends_on: {{ ref('int_scopes_changed') }}
{{ config(materialized='incremental') }}

with

-- One file for each method: all that it says of a scope's day, with its losses from the worst on.
tails as (

    select * from {{ ref('tails_historical_realized') }}

    union all by name

    select * from {{ ref('tails_historical_simulation') }}

),

tails_with_status as (

    select
        ---------- grain
        scope_type,
        scope_id,
        value_date,
        method,

        ---------- attributes
        -- Why there is no figure, or what kind it is; value_at_risk looks at the tail's length.
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

select * from tails_with_status
