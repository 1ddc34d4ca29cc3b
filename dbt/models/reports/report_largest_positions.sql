with

-- Each account on its own last day: one that is valued around the clock may be a day ahead.
positions as (

    select
        account_id,
        symbol,
        value_date,
        currency,
        cumulative_position,
        avg_cost_per_share,
        close_price,
        stale_days,
        market_value,
        unrealized_pnl

    from {{ ref('fact_positions_daily') }}

    qualify value_date = max(value_date) over (partition by account_id)

),

accounts as (

    select
        account_id,
        base_currency

    from {{ ref('dim_account') }}

),

firm as (

    select currency
    from {{ ref('dim_scope') }}

    where scope_type = 'firm'

),

rates as (

    select
        base_currency,
        quote_currency,
        value_date,
        rate

    from {{ ref('fact_fx_rates_daily') }}

),

-- Amounts of accounts in several currencies are of one size only in one currency.
valued as (

    select
        positions.*,
        accounts.base_currency,
        firm.currency as firm_currency,
        {{ in_currency('positions.market_value', 'rates.rate') }} as firm_value

    from positions

    inner join accounts
        on positions.account_id = accounts.account_id

    cross join firm

    left join rates
        on accounts.base_currency = rates.base_currency
        and firm.currency = rates.quote_currency
        and positions.value_date = rates.value_date

    where positions.cumulative_position <> 0

),

ranked as (

    select
        ---------- grain
        account_id,
        symbol,

        ---------- attributes
        (
            row_number() over (
                order by abs(firm_value) desc nulls last, account_id asc, symbol asc
            )
        )::integer as display_order,
        value_date,
        currency as price_currency,
        base_currency,
        firm_currency,
        case
            when market_value is null then currency || '/' || base_currency
            when firm_value is null then base_currency || '/' || firm_currency
        end as missing_rate,

        ---------- measures
        cumulative_position,
        avg_cost_per_share,
        close_price,
        stale_days,
        market_value,
        firm_value,
        unrealized_pnl

    from valued

),

largest as (

    select *

    from ranked

    where display_order <= 10

)

select * from largest
