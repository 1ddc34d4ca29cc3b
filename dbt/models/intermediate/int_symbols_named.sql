{{ config(materialized='table') }}

with

instruments as (

    select
        symbol,
        name,
        asset_class,
        sector,
        currency,
        calendar,
        lot_size_quantity,
        average_daily_volume_quantity,
        multiplier,
        proxy_symbol

    from {{ ref('stg_instruments') }}

),

-- A symbol that is traded, transferred or priced is a symbol, whether anyone described it or not.
symbols as (

    select symbol
    from {{ ref('stg_instruments') }}

    union

    select symbol
    from {{ ref('stg_trades') }}

    union

    select symbol
    from {{ ref('stg_security_transfers') }}

    union

    select symbol
    from {{ ref('stg_prices') }}

    union

    select symbol
    from {{ ref('stg_corporate_actions') }}

    union

    select new_symbol as symbol
    from {{ ref('stg_corporate_actions') }}

    where new_symbol is not null

),

named as (

    select
        ---------- grain
        symbols.symbol,

        ---------- ids
        instruments.proxy_symbol,

        ---------- attributes
        instruments.name,
        coalesce(instruments.asset_class, 'unclassified') as asset_class,
        coalesce(instruments.sector, 'unclassified') as sector,
        coalesce(instruments.currency, 'USD') as currency,
        case
            when instruments.calendar is not null then instruments.calendar
            when instruments.asset_class ilike 'crypto%' then '24x7'
            else 'NYSE'
        end as calendar,

        ---------- measures
        instruments.lot_size_quantity,
        instruments.average_daily_volume_quantity,
        coalesce(instruments.multiplier, 1)::decimal(28, 8) as multiplier,

        ---------- flags
        instruments.symbol is not null as is_registered

    from symbols

    left join instruments
        on symbols.symbol = instruments.symbol

)

select * from named
