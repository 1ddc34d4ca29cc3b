with

quotes as (

    select
        symbol,
        date as price_date,
        timestamp as quoted_at,
        close as close_price,
        open as open_price,
        high as high_price,
        low as low_price,
        volume as volume_quantity,
        bid as bid_price,
        ask as ask_price,
        currency,
        ingested_at,
        batch_id,
        source_row

    from {{ source('raw', 'raw_prices') }}

),

-- A later, different value of the same quote is a fix: the latest we knew wins. A quote in another
-- currency is another quote: whether it is the instrument's is for the facts to say.
current_quotes as (

    select
        ---------- grain
        symbol,
        price_date,
        quoted_at,

        ---------- attributes
        currency,

        ---------- measures
        close_price,
        open_price,
        high_price,
        low_price,
        volume_quantity,
        bid_price,
        ask_price,

        ---------- flags
        quoted_at is null as is_official_close,

        ---------- lineage
        ingested_at,
        batch_id,
        source_row

    from quotes

    qualify row_number() over (
        partition by symbol, price_date, quoted_at, currency
        order by ingested_at desc, batch_id desc, source_row desc
    ) = 1

)

select * from current_quotes
