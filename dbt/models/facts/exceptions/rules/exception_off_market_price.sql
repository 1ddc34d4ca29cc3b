with

trades as (

    select
        trade_id,
        account_id,
        symbol,
        trade_date,
        price

    from {{ ref('fact_trades') }}

),

closes as (

    select
        symbol,
        value_date,
        close_price

    from {{ ref('fact_prices_daily') }}

    where stale_days = 0

),

-- A price may move that far within a day; beyond, a split, a wrong currency or a typing error is
-- likelier.
off_market as (

    select
        'trade' as record_type,
        trades.trade_id as record_id,
        if(
            trades.price > closes.close_price,
            'price above twice the close of its day',
            'price below half the close of its day'
        ) as reason,
        trades.account_id,
        trades.symbol,
        trades.trade_date as event_date,
        format(
            'price {:.10g} is {:.3g} times the close of {:.10g}; is a split missing?',
            trades.price::double,
            trades.price::double / nullif(closes.close_price, 0),
            closes.close_price::double
        ) as detail,
        true as is_booked

    from trades

    inner join closes
        on trades.symbol = closes.symbol
        and trades.trade_date = closes.value_date

    where
        trades.price > 2 * closes.close_price
        or trades.price < closes.close_price / 2

)

select * from off_market
