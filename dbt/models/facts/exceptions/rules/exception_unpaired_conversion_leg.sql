with

legs as (

    select
        event_id,
        account_id,
        transfer_id,
        type,
        value_date

    from {{ ref('fact_cash_events') }}

    where type in ('FX_IN', 'FX_OUT')

),

unpaired as (

    select
        'cash_event' as record_type,
        event_id as record_id,
        'one leg of a conversion without the other' as reason,
        account_id,
        value_date as event_date,
        true as is_booked

    from legs

    qualify
        transfer_id is null
        or count(distinct type) over (partition by account_id, transfer_id, value_date) < 2

)

select * from unpaired
