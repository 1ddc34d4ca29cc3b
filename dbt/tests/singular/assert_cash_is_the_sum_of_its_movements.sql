-- A returned row is an account whose last cash balance is not what everything that ever moved its
-- cash adds up to (law 1).
with

last_balances as (

    select
        account_id,
        value_date,
        cash_balance

    from {{ ref('fact_portfolio_value_daily') }}

    qualify row_number() over (
        partition by account_id
        order by value_date desc
    ) = 1

),

movements as (

    select
        account_id,
        value_date,
        cash_effect_amount as amount

    from {{ ref('fact_trades') }}

    union all

    select
        account_id,
        value_date,
        amount::double as amount

    from {{ ref('fact_cash_events') }}

)

select
    last_balances.account_id,
    last_balances.value_date,
    last_balances.cash_balance,
    sum(movements.amount) as moved_amount

from last_balances

inner join movements
    on last_balances.account_id = movements.account_id
    and last_balances.value_date >= movements.value_date

group by last_balances.account_id, last_balances.value_date, last_balances.cash_balance

having not coalesce(abs(sum(movements.amount) - last_balances.cash_balance) <= 0.01, false)
