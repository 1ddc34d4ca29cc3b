with

rejected as (

    select
        'corporate_action' as record_type,
        action_id as record_id,
        rejection_reason as reason,
        symbol,
        ex_date as event_date,
        false as is_booked

    from {{ ref('int_corporate_actions_validated') }}

    where rejection_reason is not null

)

select * from rejected
