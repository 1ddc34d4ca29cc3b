{{ config(materialized='view') }}

with

group_positions as (

    select
        scope_type,
        scope_id,
        symbol,
        value_date,
        cumulative_position,
        market_value

    from {{ ref('fact_group_positions_daily') }}

),

account_positions as (

    select
        account_id,
        symbol,
        value_date,
        cumulative_position,
        market_value

    from {{ ref('fact_positions_daily') }}

    where
        cumulative_position <> 0
        and market_value is not null

),

accounts as (

    select
        account_id,
        base_currency

    from {{ ref('dim_account') }}

),

-- Cash of another currency than the account's moves with its rate, so it is a holding too.
foreign_cash as (

    select
        balances.account_id,
        {{ cash_symbol('balances.currency') }} as symbol,
        balances.value_date,
        try_cast(balances.cash_balance as decimal(28, 8)) as cumulative_position,
        balances.cash_value as market_value

    from {{ ref('fact_cash_balances_daily') }} as balances

    inner join accounts
        on balances.account_id = accounts.account_id
        and balances.currency <> accounts.base_currency

    where
        balances.cash_balance <> 0
        and balances.cash_value is not null

),

holdings as (

    select * from account_positions

    union all

    select * from foreign_cash

),

scope_positions as (

    select
        ---------- grain
        scope_type,
        scope_id,
        symbol,
        value_date,

        ---------- measures
        cumulative_position,
        market_value

    from group_positions

    union all

    select
        'account' as scope_type,
        account_id as scope_id,
        symbol,
        value_date,
        cumulative_position,
        market_value

    from holdings

)

select * from scope_positions
