with

events as (

    select
        event_id,
        version,
        event_type,
        account_id,
        type,
        amount,
        currency,
        timestamp as occurred_at,
        transfer_id,
        symbol,
        description,
        ingested_at,
        batch_id,
        source_row

    from {{ source('raw', 'raw_cash_events') }}

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

current_cash_events as (

    select
        ---------- grain
        event_id,

        ---------- ids
        account_id,
        transfer_id,
        symbol,
        case when type = 'CASH_IN_LIEU' and symbol is not null then type || '|' || event_id end
            as action_id,

        ---------- attributes
        type,
        currency,
        occurred_at,
        description,

        ---------- measures
        case
            when type in ('WITHDRAWAL', 'TRANSFER_OUT', 'FEE', 'TAX', 'FX_OUT') then -amount
            else amount
        end as amount,

        ---------- lineage
        version,
        ingested_at,
        batch_id

    from latest_versions

    where event_type <> 'CANCEL'

)

select * from current_cash_events
