-- A returned row is a table with days after the last day with any price.
with

last_days as (

    select
        'fact_positions_daily' as table_name,
        max(value_date) as last_date

    from {{ ref('fact_positions_daily') }}

    union all

    select
        'fact_portfolio_value_daily' as table_name,
        max(value_date) as last_date

    from {{ ref('fact_portfolio_value_daily') }}

    union all

    select
        'fact_cash_balances_daily' as table_name,
        max(value_date) as last_date

    from {{ ref('fact_cash_balances_daily') }}

    union all

    select
        'fact_fx_rates_daily' as table_name,
        max(value_date) as last_date

    from {{ ref('fact_fx_rates_daily') }}

    union all

    select
        'fact_pnl_daily' as table_name,
        max(value_date) as last_date

    from {{ ref('fact_pnl_daily') }}

    union all

    select
        'fact_prices_daily' as table_name,
        max(value_date) as last_date

    from {{ ref('fact_prices_daily') }}

    union all

    select
        'fact_scenario_returns_daily' as table_name,
        max(value_date) as last_date

    from {{ ref('fact_scenario_returns_daily') }}

    union all

    select
        'pnl_explain_daily' as table_name,
        max(value_date) as last_date

    from {{ ref('pnl_explain_daily') }}

),

prices as (

    select max(price_date) as last_price_date
    from {{ ref('int_prices_dated') }}

)

select
    last_days.table_name,
    last_days.last_date,
    prices.last_price_date

from last_days

cross join prices

where last_days.last_date > coalesce(prices.last_price_date, date '1900-01-01')
