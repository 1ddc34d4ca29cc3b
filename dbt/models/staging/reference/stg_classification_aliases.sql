with

aliases as (

    select
        kind,
        alias,
        name

    from {{ ref('classification_aliases') }}

)

select * from aliases
