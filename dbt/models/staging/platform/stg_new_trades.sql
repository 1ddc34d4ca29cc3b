with

told as (

    {{ new_rows('raw_trades', ['trade_id']) }}

),

new_rows as (

    select distinct trade_id
    from told

)

select * from new_rows
