with

built_days as (

    select last_price_date
    from {{ ref('stg_built_days') }}

),

new_rows as (

    select max(last_date) as last_date
    from {{ ref('stg_new_events') }}

    where kind = 'price'

),

-- Another day with a price lengthens every book by that day.
gained as (

    select built_days.last_price_date + 1 as first_new_date

    from built_days

    inner join new_rows
        on built_days.last_price_date < new_rows.last_date

)

select * from gained
