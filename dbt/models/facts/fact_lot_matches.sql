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

-- The units of a side, counted through: a trade holds the units from low to high.
units as (

    select
        *,
        (
            sum(quantity) over (
                partition by account_id, symbol, side
                order by trade_number
            )
        )::decimal(28, 8) as high_unit,
        high_unit - quantity as low_unit

    from trades

),

-- First in, first out: the n-th unit bought belongs to the n-th unit sold, whichever came first.
matches as (

    select
        purchases.account_id,
        purchases.symbol,
        least(purchases.high_unit, sales.high_unit)
            - greatest(purchases.low_unit, sales.low_unit) as quantity,
        sales.trade_number < purchases.trade_number as is_short,
        purchases.trade_id as purchase_id,
        purchases.price as purchase_price,
        sales.trade_id as sale_id,
        sales.price as sale_price

    from units as purchases

    inner join units as sales
        on purchases.account_id = sales.account_id
        and purchases.symbol = sales.symbol
        and purchases.side = 'BUY'
        and sales.side = 'SELL'
        and purchases.low_unit < sales.high_unit
        and sales.low_unit < purchases.high_unit

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
