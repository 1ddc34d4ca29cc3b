with

outcomes as (

    select
        scope_type,
        scope_id,
        scenario_id,
        scenario_name,
        scenario_kind,
        value_date,
        status,
        pnl_amount,
        pnl_pct,
        unshocked_pct,
        is_fallback

    from {{ ref('stress_test_outcomes') }}

    where scope_type = 'firm'

    qualify value_date = max(value_date) over ()

),

scopes as (

    select
        scope_type,
        scope_id,
        currency

    from {{ ref('dim_scope') }}

),

reported as (

    select
        ---------- grain
        outcomes.scenario_id,

        ---------- attributes
        (row_number() over (order by outcomes.pnl_amount nulls last, outcomes.scenario_id))::integer
            as display_order,
        outcomes.scenario_name,
        outcomes.scenario_kind,
        outcomes.value_date,
        scopes.currency,
        outcomes.status,

        ---------- measures
        outcomes.pnl_amount,
        outcomes.pnl_pct,
        outcomes.unshocked_pct,

        ---------- flags
        outcomes.is_fallback

    from outcomes

    inner join scopes
        on outcomes.scope_type = scopes.scope_type
        and outcomes.scope_id = scopes.scope_id

)

select * from reported
