with

described as (

    select
        ---------- grain
        symbol,

        ---------- ids
        proxy_symbol,

        ---------- attributes
        name,
        asset_class,
        sector,
        received_asset_class,
        received_sector,
        currency,
        calendar,

        ---------- measures
        lot_size_quantity,
        average_daily_volume_quantity,
        multiplier,

        ---------- flags
        is_registered

    from {{ ref('int_symbols_named') }}

)

select * from described
