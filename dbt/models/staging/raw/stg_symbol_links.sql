with

actions as (

    select
        symbol,
        new_symbol

    from {{ source('raw', 'raw_corporate_actions') }}

    where new_symbol is not null

),

-- Also what was cancelled: books that were once linked stay linked.
links as (

    select distinct
        ---------- grain
        symbol,
        new_symbol as linked_symbol

    from actions

)

select * from links
