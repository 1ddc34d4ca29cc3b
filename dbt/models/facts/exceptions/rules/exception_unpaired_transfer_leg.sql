with

unpaired as (

    select
        'security_transfer' as record_type,
        event_id as record_id,
        'one leg of a transfer without the other' as reason,
        account_id,
        symbol,
        transfer_date as event_date,
        true as is_booked

    from {{ ref('int_security_transfers_paired') }}

    where
        transfer_id is not null
        and out_event_id is null

)

select * from unpaired
