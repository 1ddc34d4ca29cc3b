-- A returned row is a day on which an account's value changed by more than its flows and its profit
-- say, or on which its profit is unknown though nothing lacks a rate (law 2). What a split rounds
-- off is worth something and nobody's profit.
with

account_values as (

    select
        account_id,
        value_date,
        net_external_flow,
        total_value - lag(total_value, 1, 0) over history as value_change

    from {{ ref('fact_portfolio_value_daily') }}

    window history as (
        partition by account_id
        order by value_date
    )

),

pnl as (

    select
        account_id,
        value_date,
        case when count(*) = count(total_pnl) then sum(total_pnl) end as total_pnl

    from {{ ref('fact_pnl_daily') }}

    group by account_id, value_date

),

gross as (

    {{ gross_of_accounts() }}

),

splits as (

    {{ rounded_off_in_splits() }}

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

left join gross
    on account_values.account_id = gross.account_id
    and account_values.value_date = gross.value_date

left join splits
    on account_values.account_id = splits.account_id
    and account_values.value_date = splits.value_date

where
    not coalesce(gross.is_unknown, false)
    and not coalesce(
        abs(account_values.value_change - account_values.net_external_flow - pnl.total_pnl)
        <= {{ cent('gross.gross_amount') }} + coalesce(splits.rounded_off, 0),
        pnl.total_pnl is null and gross.is_unrated,
        false
    )
