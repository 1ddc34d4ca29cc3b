with

told as (

    {{ unseen_rows('raw_trades', ['trade_id']) }}

),

unseen as (

    select distinct trade_id
    from told

)

select * from unseen
