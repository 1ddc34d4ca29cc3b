with

events as (

    select
        symbol,
        ex_date,
        type,
        action_id,
        version,
        event_type,
        ratio,
        amount,
        new_symbol,
        cost_fraction,
        currency,
        ingested_at,
        batch_id,
        source_row

    from {{ source('raw', 'raw_corporate_actions') }}

),

-- The first row received of a version stays: a later repeat or different payload loses.
first_received as (

    select *

    from events

    qualify row_number() over (
        partition by symbol, ex_date, type, action_id, version
        order by ingested_at, batch_id, source_row
    ) = 1

),

latest_versions as (

    select *

    from first_received

    qualify row_number() over (
        partition by symbol, ex_date, type, action_id
        order by version desc
    ) = 1

),

-- `3:2` is 3 new shares for 2 old ones, and so is 1.5: up to nine places, in whole billionths.
counted as (

    select
        *,
        case
            when contains(ratio, ':') then split_part(ratio, ':', 1)::bigint
            when ratio is not null then (ratio::decimal(28, 9) * 1000000000)::bigint
            else 1
        end as new_count,
        case
            when contains(ratio, ':') then split_part(ratio, ':', 2)::bigint
            when ratio is not null then 1000000000::bigint
            else 1
        end as old_count

    from latest_versions

    where event_type <> 'CANCEL'

),

current_corporate_actions as (

    select
        ---------- grain
        concat_ws('|', symbol, ex_date, type, nullif(action_id, '')) as action_id,

        ---------- ids
        symbol,
        case when type in ('SPINOFF', 'SYMBOL_CHANGE') then new_symbol end as new_symbol,

        ---------- attributes
        type,
        ex_date,
        currency,

        ---------- measures
        (new_count // gcd(new_count, old_count))::bigint as new_shares,
        (old_count // gcd(new_count, old_count))::bigint as old_shares,
        amount,
        cost_fraction::double as cost_fraction_ratio,

        ---------- lineage
        version,
        ingested_at,
        batch_id

    from counted

)

select * from current_corporate_actions
