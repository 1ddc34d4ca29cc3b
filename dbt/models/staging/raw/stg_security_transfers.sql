with

events as (

    select
        event_id,
        version,
        event_type,
        account_id,
        symbol,
        direction,
        quantity,
        timestamp as occurred_at,
        transfer_id,
        cost_per_share,
        acquired_at,
        ingested_at,
        batch_id,
        source_row

    from {{ source('raw', 'raw_security_transfers') }}

),

-- The first row received of a version stays: a later repeat or different payload loses.
first_received as (

    select *

    from events

    qualify row_number() over (
        partition by event_id, version
        order by ingested_at, batch_id, source_row
    ) = 1

),

latest_versions as (

    select *

    from first_received

    qualify row_number() over (
        partition by event_id
        order by version desc
    ) = 1

),

current_security_transfers as (

    select
        ---------- grain
        event_id,

        ---------- ids
        account_id,
        symbol,
        transfer_id,

        ---------- attributes
        direction,
        occurred_at,
        acquired_at,

        ---------- measures
        quantity,
        case direction when 'IN' then quantity else -quantity end as signed_quantity,
        cost_per_share,

        ---------- lineage
        version,
        ingested_at,
        batch_id

    from latest_versions

    where event_type <> 'CANCEL'

)

select * from current_security_transfers
