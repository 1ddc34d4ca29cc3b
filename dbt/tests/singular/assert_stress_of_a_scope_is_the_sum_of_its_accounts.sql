-- A returned row is a stress outcome of a desk or the firm that its accounts do not add up to.
with

outcomes as (

    select
        scenario_id,
        scope_type,
        scope_id,
        value_date,
        pnl_amount

    from {{ ref('stress_test_outcomes') }}

),

summed as (

    select
        members.scope_type,
        members.scope_id,
        outcomes.scenario_id,
        outcomes.value_date,
        sum(outcomes.pnl_amount) as pnl_amount

    from {{ ref('int_scope_accounts') }} as members

    inner join outcomes
        on members.account_id = outcomes.scope_id
        and outcomes.scope_type = 'account'

    group by members.scope_type, members.scope_id, outcomes.scenario_id, outcomes.value_date

)

select
    outcomes.*,
    summed.pnl_amount as accounts_pnl_amount

from outcomes

left join summed
    on outcomes.scenario_id = summed.scenario_id
    and outcomes.scope_type = summed.scope_type
    and outcomes.scope_id = summed.scope_id
    and outcomes.value_date = summed.value_date

where not coalesce(abs(outcomes.pnl_amount - summed.pnl_amount) <= 0.01, false)
