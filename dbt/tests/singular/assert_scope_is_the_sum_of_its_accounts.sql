-- A returned row is a day on which a scope is not worth what its accounts are worth together, each
-- at the rate of its base currency, or on which one is known and the other is not.
with

scopes as (

    select
        scope_type,
        scope_id,
        value_date,
        total_value

    from {{ ref('fact_scope_value_daily') }}

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

accounts as (

    select
        account_id,
        value_date,
        total_value,
        gross_cash_balance + gross_positions_value as gross_value

    from {{ ref('fact_portfolio_value_daily') }}

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
        scope_days.value_date,
        case when accounts.gross_value = 0 then 0 else accounts.total_value * rates.rate end
            as total_value,
        accounts.gross_value * rates.rate as gross_value

    from members

    inner join accounts
        on members.account_id = accounts.account_id

    inner join scope_days
        on members.scope_calendar = scope_days.scope_calendar
        and members.account_calendar = scope_days.account_calendar
        and accounts.value_date = scope_days.account_date

    left join rates
        on members.base_currency = rates.base_currency
        and members.scope_currency = rates.quote_currency
        and scope_days.value_date = rates.value_date

),

summed as (

    select
        scope_type,
        scope_id,
        value_date,
        case when count(*) = count(total_value) then sum(total_value) end as total_value,
        sum(gross_value) as gross_value

    from converted

    group by scope_type, scope_id, value_date

)

select
    scopes.scope_type,
    scopes.scope_id,
    scopes.value_date,
    scopes.total_value,
    summed.total_value as accounts_total_value

from scopes

left join summed
    on scopes.scope_type = summed.scope_type
    and scopes.scope_id = summed.scope_id
    and scopes.value_date = summed.value_date

where not coalesce(
    abs(scopes.total_value - summed.total_value) <= {{ cent('summed.gross_value') }},
    scopes.total_value is null and summed.total_value is null
)
