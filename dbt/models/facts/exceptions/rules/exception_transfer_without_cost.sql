with

transfers as (

    select
        event_id,
        account_id,
        symbol,
        direction,
        out_event_id,
        cost_per_share,
        transfer_date

    from {{ ref('int_security_transfers_paired') }}

),

transfers_booked as (

    select event_id
    from {{ ref('fact_transfers_booked') }}

),

-- Shares that arrive without a cost are booked at the close; without a close they cannot be booked.
without_cost as (

    select
        'security_transfer' as record_type,
        transfers.event_id as record_id,
        case
            when transfers_booked.event_id is null
                then 'neither cost_per_share nor a close by its day'
            else 'no cost_per_share: booked at the close'
        end as reason,
        transfers.account_id,
        transfers.symbol,
        transfers.transfer_date as event_date,
        transfers_booked.event_id is not null as is_booked

    from transfers

    left join transfers_booked
        on transfers.event_id = transfers_booked.event_id

    where
        transfers_booked.event_id is null
        or (
            transfers.direction = 'IN'
            and transfers.out_event_id is null
            and transfers.cost_per_share is null
        )

)

select * from without_cost
