with

payments as (

    select
        action_id,
        symbol,
        type,
        ex_date

    from {{ ref('fact_action_payments') }}

    where instrument_amount is null

),

-- A dividend is paid in its own currency all the same.
unconverted as (

    select
        'corporate_action' as record_type,
        action_id as record_id,
        case type
            when 'DIVIDEND' then 'no rate into the currency of its instrument: not in returns'
            else 'no rate into the currency of its instrument: not booked'
        end as reason,
        symbol,
        ex_date as event_date,
        type = 'DIVIDEND' as is_booked

    from payments

)

select * from unconverted
