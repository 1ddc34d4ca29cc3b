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

ranked as (

    select
        ---------- grain
        positions.account_id,
        positions.symbol,

        ---------- attributes
        (
            row_number() over (
                order by
                    abs(positions.market_value) desc nulls last,
                    positions.account_id asc,
                    positions.symbol asc
            )
        )::integer as display_order,
        positions.value_date,
        positions.currency as price_currency,
        accounts.base_currency,

        ---------- measures
        positions.cumulative_position,
        positions.avg_cost_per_share,
        positions.close_price,
        positions.stale_days,
        positions.market_value,
        positions.unrealized_pnl

    from positions

    inner join accounts
        on positions.account_id = accounts.account_id

    where positions.cumulative_position <> 0

),

largest as (

    select *

    from ranked

    where display_order <= 10

)

select * from largest
