with

minor_units as (

    select
        minor as minor_currency,
        major as major_currency,
        units as units_per_major

    from {{ ref('minor_units') }}

)

select * from minor_units
