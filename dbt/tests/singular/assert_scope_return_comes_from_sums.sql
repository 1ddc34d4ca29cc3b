-- A returned row is a day whose return is not value over value of the scope itself. Averages of
-- account returns, or a deposit counted as profit, end here: the profit is taken from the P&L fact.
with

returns as (

    select
        scope_type,
        scope_id,
        value_date,
        daily_return_pct

    from {{ ref('scope_returns') }}

    where return_status = 'ok'

),

scope_values as (

    select
        scope_type,
        scope_id,
        value_date,
        external_inflow + lag(total_value, 1, 0) over (
            partition by scope_type, scope_id
            order by value_date
        ) as start_capital

    from {{ ref('fact_scope_value_daily') }}

),

pnl as (

    select
        members.scope_type,
        members.scope_id,
        pnl_days.value_date,
        sum(pnl_days.total_pnl) as total_pnl

    from {{ ref('fact_pnl_daily') }} as pnl_days

    inner join {{ ref('int_scope_accounts') }} as members
        on pnl_days.account_id = members.account_id

    -- On days a scope is closed its accounts may earn; that profit shows on its next open day.
    inner join {{ ref('dim_account') }} as dim_account
        on pnl_days.account_id = dim_account.account_id

    group by members.scope_type, members.scope_id, pnl_days.value_date

    having bool_and(dim_account.calendar = members.scope_calendar)

)

select
    returns.scope_type,
    returns.scope_id,
    returns.value_date,
    returns.daily_return_pct,
    pnl.total_pnl,
    scope_values.start_capital

from returns

inner join scope_values
    on returns.scope_type = scope_values.scope_type
    and returns.scope_id = scope_values.scope_id
    and returns.value_date = scope_values.value_date

inner join pnl
    on returns.scope_type = pnl.scope_type
    and returns.scope_id = pnl.scope_id
    and returns.value_date = pnl.value_date

-- In money, because a tiny capital turns a rounding error into percents.
where not coalesce(
    abs(returns.daily_return_pct / 100 * scope_values.start_capital - pnl.total_pnl) <= 0.01,
    false
)
