-- A returned row is a day on which the lines of the explain leave more than a cent of an account's
-- profit open, or on which they are unknown though the account's values are known (law 2).
with

account_values as (

    select
        account_id,
        value_date,
        abs(cash_balance) + abs(positions_value) as size,
        lag(abs(cash_balance) + abs(positions_value), 1, 0) over history as previous_size,
        'missing_fx' in (value_status, lag(value_status, 1, 'ok') over history) as is_unknown

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
        sum(total_pnl) as total_pnl

    from {{ ref('fact_pnl_daily') }}

    group by account_id, value_date

),

explained as (

    select
        account_id,
        value_date,
        case when count(*) = count(explained_pnl) then sum(explained_pnl) end as explained_pnl,
        case when count(*) = count(unexplained) then sum(unexplained) end as unexplained

    from {{ ref('pnl_explain_daily') }}

    group by account_id, value_date

),

splits as (

    {{ rounded_off_in_splits() }}

)

select
    account_values.account_id,
    account_values.value_date,
    pnl.total_pnl,
    explained.explained_pnl,
    explained.unexplained

from account_values

full outer join explained
    on account_values.account_id = explained.account_id
    and account_values.value_date = explained.value_date

left join pnl
    on account_values.account_id = pnl.account_id
    and account_values.value_date = pnl.value_date

left join splits
    on account_values.account_id = splits.account_id
    and account_values.value_date = splits.value_date

where
    not coalesce(account_values.is_unknown, false)
    and not coalesce(
        abs(explained.unexplained)
        <= {{ cent('greatest(account_values.size, account_values.previous_size)') }}
        and abs(explained.explained_pnl - pnl.total_pnl)
        <= {{ cent('greatest(account_values.size, account_values.previous_size)') }}
        + coalesce(splits.rounded_off, 0),
        false
    )
