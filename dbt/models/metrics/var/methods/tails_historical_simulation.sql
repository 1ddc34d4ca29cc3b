with

valuation_days as (

    select
        scope_type,
        scope_id,
        value_date,
        capital,
        is_empty

    from {{ ref('valuation_days_at_risk') }}

    where is_changed

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

tails as (

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

)

select * from tails
