with

amendments as (

    select
        kind as record_type,
        event_key as record_id,
        case event_type
            when 'CANCEL' then 'cancels what was never received'
            else 'corrects what was never received'
        end as reason,
        account_id,
        symbol,
        event_date,
        event_type <> 'CANCEL' as is_booked

    from {{ ref('stg_orphaned_states') }}

)

select * from amendments
