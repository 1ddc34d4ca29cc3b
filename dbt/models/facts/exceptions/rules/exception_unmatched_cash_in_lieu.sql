with

cash_in_lieu as (

    select
        event_id,
        account_id,
        action_id,
        value_date

    from {{ ref('fact_cash_events') }}

    where type = 'CASH_IN_LIEU'

),

booked_actions as (

    select action_id
    from {{ ref('fact_corporate_actions') }}

),

unmatched as (

    select
        'cash_event' as record_type,
        cash_in_lieu.event_id as record_id,
        case
            when cash_in_lieu.action_id is null
                then 'cash in lieu of no symbol: cash alone; name the symbol'
            else 'cash in lieu of no fraction held in its currency: cash alone'
        end as reason,
        cash_in_lieu.account_id,
        cash_in_lieu.value_date as event_date,
        true as is_booked

    from cash_in_lieu

    anti join booked_actions
        on cash_in_lieu.action_id = booked_actions.action_id

)

select * from unmatched
