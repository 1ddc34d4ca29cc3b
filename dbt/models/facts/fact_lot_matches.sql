with

trades as (

    select
        trade_id,
        account_id,
        symbol,
        side,
        quantity,
        price,
        trade_number

    from {{ ref('int_trades_sequenced') }}

),

symbols as (

    select
        symbol,
        multiplier::double as multiplier

    from {{ ref('dim_symbol') }}

),

-- Count the units of each side through: a trade ends where the units of its side so far end.
-- Between two such ends, on whichever side, lies one piece: the same units bought once, sold once.
ends as (

    select
        account_id,
        symbol,
        case when side = 'BUY' then trade_id end as purchase_id,
        case when side = 'SELL' then trade_id end as sale_id,
        (
            sum(quantity) over (
                partition by account_id, symbol, side
                order by trade_number
            )
        )::decimal(28, 8) as last_unit

    from trades

),

-- First in, first out: the n-th unit bought belongs to the n-th unit sold, whichever came first.
pieces as (

    select
        account_id,
        symbol,
        last_unit - lag(last_unit, 1, 0) over units as quantity,
        first_value(purchase_id ignore nulls) over units_from_here as purchase_id,
        first_value(sale_id ignore nulls) over units_from_here as sale_id

    from ends

    window
        units as (
            partition by account_id, symbol
            order by last_unit, purchase_id nulls last
        ),
        units_from_here as (
            partition by account_id, symbol
            order by last_unit, purchase_id nulls last
            rows between current row and unbounded following
        )

),

matches as (

    select
        pieces.account_id,
        pieces.symbol,
        pieces.quantity,
        sales.trade_number < purchases.trade_number as is_short,
        pieces.purchase_id,
        purchases.price as purchase_price,
        pieces.sale_id,
        sales.price as sale_price

    from pieces

    inner join trades as purchases
        on pieces.purchase_id = purchases.trade_id

    inner join trades as sales
        on pieces.sale_id = sales.trade_id

    -- Two trades that end at the same unit leave a piece of nothing.
    where pieces.quantity > 0

),

lots as (

    select
        ---------- grain
        case when matches.is_short then matches.sale_id else matches.purchase_id end
            as open_trade_id,
        case when matches.is_short then matches.purchase_id else matches.sale_id end
            as close_trade_id,

        ---------- ids
        matches.account_id,
        matches.symbol,

        ---------- measures
        matches.quantity::decimal(28, 8) as quantity,
        case when matches.is_short then matches.sale_price else matches.purchase_price end
            as open_price,
        case when matches.is_short then matches.purchase_price else matches.sale_price end
            as close_price,
        matches.quantity::double * (matches.sale_price - matches.purchase_price)::double
        * symbols.multiplier as realized_pnl,

        ---------- flags
        matches.is_short

    from matches

    inner join symbols
        on matches.symbol = symbols.symbol

)

select * from lots
