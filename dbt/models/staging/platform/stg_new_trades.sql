with

received as (

    {{ new_rows('raw_trades', ['trade_id']) }}

),

new_rows as (

    select distinct trade_id
    from received

)

select * from new_rows
