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

aliases as (

    select
        kind,
        alias,
        name

    from {{ ref('stg_classification_aliases') }}

),

-- Case, spaces and signs decide nothing; a longer GICS code begins with that of its sector.
keyed as (

    select
        *,
        regexp_replace(lower(asset_class), '[^a-z0-9]', '', 'g') as asset_class_key,
        regexp_replace(
            regexp_replace(lower(sector), '[^a-z0-9]', '', 'g'),
            '^([0-9]{2})([0-9]{2}){1,3}$',
            '\1'
        ) as sector_key

    from instruments

),

-- A class that nobody knows stays as it was received.
classified as (

    select
        keyed.*,
        coalesce(asset_classes.name, keyed.asset_class) as known_asset_class,
        coalesce(sectors.name, keyed.sector) as known_sector

    from keyed

    left join aliases as asset_classes
        on keyed.asset_class_key = asset_classes.alias
        and asset_classes.kind = 'asset_class'

    left join aliases as sectors
        on keyed.sector_key = sectors.alias
        and sectors.kind = 'sector'

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
        classified.proxy_symbol,

        ---------- attributes
        classified.name,
        coalesce(classified.known_asset_class, 'unclassified') as asset_class,
        coalesce(classified.known_sector, 'unclassified') as sector,
        classified.asset_class as received_asset_class,
        classified.sector as received_sector,
        coalesce(classified.currency, '{{ var("default_currency") }}') as currency,
        case
            when classified.calendar is not null then classified.calendar
            when classified.known_asset_class ilike 'crypto%' then '24x7'
            else '{{ var("default_calendar") }}'
        end as calendar,

        ---------- measures
        classified.lot_size_quantity,
        classified.average_daily_volume_quantity,
        coalesce(classified.multiplier, 1)::decimal(28, 8) as multiplier,

        ---------- flags
        classified.symbol is not null as is_registered

    from symbols

    left join classified
        on symbols.symbol = classified.symbol

)

select * from named
