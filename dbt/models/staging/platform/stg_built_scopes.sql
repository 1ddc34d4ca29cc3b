with

scopes as (

    select
        ---------- grain
        scope_type,
        scope_id,

        ---------- attributes
        calendar,
        currency

    from {{ source('platform', 'built_scopes') }}

)

select * from scopes
