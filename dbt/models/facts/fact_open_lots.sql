with

trades as (

    select
        trade_id,
        account_id,
        symbol,
        quantity,
        signed_quantity,
        price,
        value_date

    from {{ ref('fact_trades') }}

),

matches as (

    select
        open_trade_id as trade_id,
        quantity

    from {{ ref('fact_lot_matches') }}

    union all

    select
        close_trade_id as trade_id,
        quantity

    from {{ ref('fact_lot_matches') }}

),

matched as (

    select
        trade_id,
        sum(quantity) as quantity

    from matches

    group by trade_id

),

-- What no match has taken of a trade is still open.
lots as (

    select
        ---------- grain
        trades.trade_id as open_trade_id,

        ---------- ids
        trades.account_id,
        trades.symbol,

        ---------- attributes
        trades.value_date as open_date,

        ---------- measures
        (
            sign(trades.signed_quantity) * (trades.quantity - coalesce(matched.quantity, 0))
        )::decimal(28, 8) as open_quantity,
        trades.price as open_price

    from trades

    left join matched
        on trades.trade_id = matched.trade_id

    where trades.quantity > coalesce(matched.quantity, 0)

)

select * from lots
