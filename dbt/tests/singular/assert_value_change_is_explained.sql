-- A returned row is a day on which an account's value changed by more than its flows and its profit
-- say (law 2).
with

account_values as (

    select
        account_id,
        value_date,
        net_external_flow,
        total_value - lag(total_value, 1, 0) over (
            partition by account_id
            order by value_date
        ) as value_change

    from {{ ref('fact_portfolio_value_daily') }}

),

pnl as (

    select
        account_id,
        value_date,
        sum(total_pnl) as total_pnl

    from {{ ref('fact_pnl_daily') }}

    group by account_id, value_date

)

select
    account_values.account_id,
    account_values.value_date,
    account_values.value_change,
    account_values.net_external_flow,
    pnl.total_pnl

from account_values

full outer join pnl
    on account_values.account_id = pnl.account_id
    and account_values.value_date = pnl.value_date

where not coalesce(
    abs(account_values.value_change - account_values.net_external_flow - pnl.total_pnl) <= 0.01,
    false
)
