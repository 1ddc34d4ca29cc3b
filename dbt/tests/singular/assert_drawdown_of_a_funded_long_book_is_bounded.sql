-- A returned row is a drawdown below -100 % of an account that never was short and never owed cash
-- of any currency (law 14).
with

funded as (

    select account_id
    from {{ ref('fact_cash_balances_daily') }}

    group by account_id

    having min(cash_balance) >= -{{ var('negligible_amount') }}

),

short as (

    select distinct account_id
    from {{ ref('fact_positions_daily') }}

    where cumulative_position < 0

)

select
    drawdown.account_id,
    drawdown.value_date,
    drawdown.drawdown_pct

from {{ ref('drawdown') }} as drawdown

inner join funded
    on drawdown.account_id = funded.account_id

left join short
    on drawdown.account_id = short.account_id

where
    short.account_id is null
    and drawdown.drawdown_pct < -100
