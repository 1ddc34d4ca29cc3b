with

trades as (

    select
        trades.trade_id,
        trades.account_id,
        trades.symbol,
        trades.trade_date,
        symbols.is_registered

    from {{ ref('int_trades_dated') }} as trades

    inner join {{ ref('dim_symbol') }} as symbols
        on trades.symbol = symbols.symbol
        and trades.currency <> symbols.currency

),

prices as (

    select
        prices.symbol,
        prices.price_date,
        prices.quoted_at,
        prices.currency,
        symbols.is_registered

    from {{ ref('int_prices_dated') }} as prices

    inner join {{ ref('dim_symbol') }} as symbols
        on prices.symbol = symbols.symbol
        and prices.currency <> symbols.currency

),

records as (

    select
        'trade' as record_type,
        trade_id as record_id,
        is_registered,
        account_id,
        symbol,
        trade_date as event_date

    from trades

    union all

    select
        'price' as record_type,
        concat_ws('|', symbol, coalesce(quoted_at::varchar, price_date::varchar), currency)
            as record_id,
        is_registered,
        null as account_id,
        symbol,
        price_date as event_date

    from prices

),

-- The currency of an instrument that no row describes is a default, so it proves nothing wrong.
mismatched as (

    select
        record_type,
        record_id,
        if(
            is_registered,
            'another currency than its instrument',
            'unknown symbol, taken to be in USD'
        ) as reason,
        account_id,
        symbol,
        event_date,
        false as is_booked

    from records

)

select * from mismatched
