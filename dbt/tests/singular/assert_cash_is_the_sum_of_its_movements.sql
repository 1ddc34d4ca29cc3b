-- A returned row is a day on which an account's balance in a currency is not what everything that
-- ever moved it adds up to (law 1). Before anything moved it, as where an account begins with a
-- transfer of securities, it is 0.
with

balances as (

    select
        account_id,
        currency,
        value_date,
        cash_balance

    from {{ ref('fact_cash_balances_daily') }}

),

movements as (

    select
        account_id,
        currency,
        value_date,
        cash_effect_amount as amount

    from {{ ref('fact_trades') }}

    union all

    select
        account_id,
        currency,
        value_date,
        dividend_amount + returned_capital_amount as amount

    from {{ ref('fact_corporate_actions') }}

    union all

    select
        account_id,
        currency,
        value_date,
        amount::double as amount

    from {{ ref('fact_cash_events') }}

),

moved as (

    select
        account_id,
        currency,
        value_date,
        sum(sum(amount::decimal(38, 10))) over until_this_day as moved_amount,
        sum(sum(abs(amount))) over until_this_day as turnover

    from movements

    group by account_id, currency, value_date

    window until_this_day as (
        partition by account_id, currency
        order by value_date
    )

)

select
    balances.*,
    moved.moved_amount

from balances

asof left join moved
    on balances.account_id = moved.account_id
    and balances.currency = moved.currency
    and balances.value_date >= moved.value_date

where not coalesce(
    abs(balances.cash_balance - coalesce(moved.moved_amount, 0))
    <= {{ cent('coalesce(moved.turnover, 0)') }},
    false
)
