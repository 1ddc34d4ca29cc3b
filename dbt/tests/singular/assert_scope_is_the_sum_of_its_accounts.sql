-- A returned row is a day on which a scope is not worth what its accounts are worth together.
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
        account_id

    from {{ ref('int_scope_accounts') }}

),

accounts as (

    select
        account_id,
        value_date,
        total_value

    from {{ ref('fact_portfolio_value_daily') }}

),

summed as (

    select
        members.scope_type,
        members.scope_id,
        accounts.value_date,
        sum(accounts.total_value) as total_value

    from members

    inner join accounts
        on members.account_id = accounts.account_id

    group by members.scope_type, members.scope_id, accounts.value_date

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

where not coalesce(abs(scopes.total_value - summed.total_value) <= 0.01, false)
