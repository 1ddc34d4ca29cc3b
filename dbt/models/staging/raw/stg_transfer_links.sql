with

legs as (

    select
        transfer_id,
        account_id,
        symbol

    from {{ source('raw', 'raw_security_transfers') }}

    where
        transfer_id is not null
        and account_id is not null
        and symbol is not null

),

-- Also what was corrected or cancelled: books that once stood together are replayed together for
-- good.
links as (

    select distinct
        ---------- grain
        transfer_id,
        account_id,
        symbol

    from legs

)

select * from links
