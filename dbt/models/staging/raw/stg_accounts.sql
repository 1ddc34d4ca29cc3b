with

accounts as (

    select
        account_id,
        name,
        desk,
        owner,
        base_currency,
        calendar,
        benchmark_symbol,
        opened_at as opened_date,
        ingested_at,
        batch_id,
        source_row

    from {{ source('raw', 'raw_accounts') }}

),

current_accounts as (

    select
        ---------- grain
        account_id,

        ---------- ids
        benchmark_symbol,

        ---------- attributes
        name,
        desk,
        owner,
        base_currency,
        calendar,
        opened_date,

        ---------- lineage
        ingested_at,
        batch_id

    from accounts

    qualify row_number() over (
        partition by account_id
        order by ingested_at desc, batch_id desc, source_row desc
    ) = 1

)

select * from current_accounts
