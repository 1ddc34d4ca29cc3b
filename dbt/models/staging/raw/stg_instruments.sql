with

instruments as (

    select
        symbol,
        name,
        asset_class,
        sector,
        currency,
        calendar,
        lot_size,
        average_daily_volume,
        multiplier,
        proxy_symbol,
        ingested_at,
        batch_id,
        source_row

    from {{ source('raw', 'raw_instruments') }}

),

current_instruments as (

    select
        ---------- grain
        symbol,

        ---------- ids
        proxy_symbol,

        ---------- attributes
        name,
        asset_class,
        sector,
        currency,
        calendar,

        ---------- measures
        lot_size as lot_size_quantity,
        average_daily_volume as average_daily_volume_quantity,
        multiplier,

        ---------- lineage
        ingested_at,
        batch_id

    from instruments

    qualify row_number() over (
        partition by symbol
        order by ingested_at desc, batch_id desc, source_row desc
    ) = 1

)

select * from current_instruments
