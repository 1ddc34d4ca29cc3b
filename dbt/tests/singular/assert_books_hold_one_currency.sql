-- A returned row is money in another currency than the rest, or a price in another than its
-- instrument's. This version adds amounts without converting them, so such books must not be
-- published.
with

amounts as (

    select
        'trade' as kind,
        trades.trade_id as id,
        trades.account_id,
        coalesce(trades.currency, dim_symbol.currency) as currency

    from {{ ref('stg_trades') }} as trades

    inner join {{ ref('dim_symbol') }} as dim_symbol
        on trades.symbol = dim_symbol.symbol

    union all

    select
        'cash event' as kind,
        event_id as id,
        account_id,
        currency

    from {{ ref('fact_cash_events') }}

),

accounts as (

    select
        account_id,
        base_currency,
        min(base_currency) over () as firm_currency

    from {{ ref('dim_account') }}

)

select
    amounts.kind,
    amounts.id,
    amounts.account_id,
    amounts.currency,
    accounts.base_currency,
    accounts.firm_currency

from amounts

inner join accounts
    on amounts.account_id = accounts.account_id

where
    amounts.currency <> accounts.firm_currency
    or accounts.base_currency <> accounts.firm_currency

union all

select
    'price' as kind,
    prices.symbol || ' ' || prices.price_date as id,
    null as account_id,
    prices.currency,
    dim_symbol.currency as base_currency,
    null as firm_currency

from {{ ref('stg_prices') }} as prices

inner join {{ ref('dim_symbol') }} as dim_symbol
    on prices.symbol = dim_symbol.symbol

where prices.currency <> dim_symbol.currency
