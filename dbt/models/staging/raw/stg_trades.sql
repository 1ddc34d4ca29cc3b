-- A table, because everything reads it: to resolve a million trades for each reader costs more than
-- to build what one late trade changes.
-- depends_on: {{ ref('stg_new_trades') }}
{{ config(materialized='incremental', meta={'changed_by': {'stg_new_trades': none}}) }}

with

received as (

    {{ new_rows('raw_trades', ['trade_id']) }}

),

events as (

    select
        trade_id,
        version,
        event_type,
        account_id,
        symbol,
        side,
        quantity,
        price,
        fees,
        currency,
        executed_at,
        counterparty_id,
        event_id,
        ingested_at,
        batch_id,
        source_row

    from received

),

-- The first row received of a version stays: a later repeat or different payload loses.
first_received as (

    select *

    from events

    qualify row_number() over (
        partition by trade_id, version
        order by ingested_at, batch_id, source_row
    ) = 1

),

latest_versions as (

    select *

    from first_received

    qualify row_number() over (
        partition by trade_id
        order by version desc
    ) = 1

),

current_trades as (

    select
        ---------- grain
        trade_id,

        ---------- ids
        account_id,
        symbol,
        counterparty_id,
        event_id,

        ---------- attributes
        side,
        currency,
        executed_at,

        ---------- measures
        quantity,
        case side when 'BUY' then quantity else -quantity end as signed_quantity,
        price,
        fees,

        ---------- lineage
        version,
        ingested_at,
        batch_id

    from latest_versions

    where event_type <> 'CANCEL'

)

select * from current_trades
