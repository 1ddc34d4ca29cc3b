-- A returned row is a day on which the lines of the explain leave more than a cent of an account's
-- profit open, or on which they are unknown though nothing lacks a rate (law 2).
with

gross as (

    {{ gross_of_accounts() }}

),

pnl as (

    select
        account_id,
        value_date,
        case when count(*) = count(total_pnl) then sum(total_pnl) end as total_pnl

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
    gross.account_id,
    gross.value_date,
    pnl.total_pnl,
    explained.explained_pnl,
    explained.unexplained

from gross

full outer join explained
    on gross.account_id = explained.account_id
    and gross.value_date = explained.value_date

left join pnl
    on gross.account_id = pnl.account_id
    and gross.value_date = pnl.value_date

left join splits
    on gross.account_id = splits.account_id
    and gross.value_date = splits.value_date

where
    not coalesce(gross.is_unknown, false)
    and not coalesce(
        abs(explained.unexplained) <= {{ cent('gross.gross_amount') }}
        and abs(explained.explained_pnl - pnl.total_pnl)
        <= {{ cent('gross.gross_amount') }} + coalesce(splits.rounded_off, 0),
        explained.explained_pnl is null and gross.is_unrated,
        false
    )
