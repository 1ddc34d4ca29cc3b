with

days as (

    select last_price_date
    from {{ source('platform', 'built_days') }}

)

select * from days
