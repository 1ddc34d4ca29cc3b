with

deliveries as (

    select
        event_id,
        account_id,
        symbol,
        quantity,
        transfer_date

    from {{ ref('int_security_transfers_paired') }}

    where direction = 'OUT'

),

transfers_booked as (

    select
        event_id,
        position_before

    from {{ ref('fact_transfers_booked') }}

),

-- What is not held is sold short at the close.
uncovered as (

    select
        'security_transfer' as record_type,
        deliveries.event_id as record_id,
        'delivers more than is held' as reason,
        deliveries.account_id,
        deliveries.symbol,
        deliveries.transfer_date as event_date,
        true as is_booked

    from deliveries

    inner join transfers_booked
        on deliveries.event_id = transfers_booked.event_id
        and deliveries.quantity > transfers_booked.position_before

)

select * from uncovered
