-- A returned row is a stress outcome of a desk or the firm that its accounts do not add up to, at
-- the rates of the day. A replay takes the rates of its window along, so it adds up only where all
-- accounts are in the currency of the scope.
with

outcomes as (

    select
        scenario_id,
        scenario_kind,
        scope_type,
        scope_id,
        value_date,
        pnl_amount

    from {{ ref('stress_test_outcomes') }}

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

),

scope_days as (

    select *
    from {{ ref('int_scope_days') }}

),

account_values as (

    select
        account_id,
        value_date,
        gross_cash_balance,
        gross_positions_value

    from {{ ref('fact_portfolio_value_daily') }}

),

-- The outcome of each position is kept to ten decimals, in the currency of its account.
roundings as (

    select
        scope_id as account_id,
        value_date,
        1e-10 * count(*) as rounded_off

    from {{ ref('fact_scope_positions_daily') }}

    where scope_type = 'account'

    group by scope_id, value_date

),

rates as (

    select
        base_currency,
        quote_currency,
        value_date,
        rate

    from {{ ref('fact_fx_rates_daily') }}

),

converted as (

    select
        members.scope_type,
        members.scope_id,
        outcomes.scenario_id,
        scope_days.value_date,
        outcomes.scenario_kind = 'hypothetical' or members.base_currency = members.scope_currency
            as adds_up,
        case when outcomes.pnl_amount = 0 then 0 else outcomes.pnl_amount * rates.rate end
            as pnl_amount,
        (account_values.gross_cash_balance + account_values.gross_positions_value) * rates.rate
            as gross_value,
        coalesce(roundings.rounded_off, 0) * rates.rate as rounded_off

    from members

    inner join outcomes
        on members.account_id = outcomes.scope_id
        and outcomes.scope_type = 'account'

    inner join scope_days
        on members.scope_calendar = scope_days.scope_calendar
        and members.account_calendar = scope_days.account_calendar
        and outcomes.value_date = scope_days.account_date

    inner join account_values
        on outcomes.scope_id = account_values.account_id
        and outcomes.value_date = account_values.value_date

    left join roundings
        on outcomes.scope_id = roundings.account_id
        and outcomes.value_date = roundings.value_date

    left join rates
        on members.base_currency = rates.base_currency
        and members.scope_currency = rates.quote_currency
        and scope_days.value_date = rates.value_date

),

summed as (

    select
        scope_type,
        scope_id,
        scenario_id,
        value_date,
        bool_and(adds_up) as adds_up,
        case when count(*) = count(pnl_amount) then sum(pnl_amount) end as pnl_amount,
        sum(gross_value) as gross_value,
        sum(rounded_off) as rounded_off

    from converted

    group by scope_type, scope_id, scenario_id, value_date

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

where
    coalesce(summed.adds_up, true)
    and not coalesce(
        abs(outcomes.pnl_amount - summed.pnl_amount)
        <= {{ cent('summed.gross_value') }} + summed.rounded_off,
        outcomes.pnl_amount is null and (
            summed.pnl_amount is null or outcomes.scope_type <> 'account'
        )
    )
