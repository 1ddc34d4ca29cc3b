-- A returned row is a transfer between two of our accounts whose legs do not cancel (law 13). It
-- only warns: such legs stay flows of every scope, so no figure is wrong.
{{ config(severity='warn') }}

with

legs as (

    select
        transfer_id,
        type,
        currency,
        amount,
        min(type) over (partition by transfer_id) <> max(type) over (partition by transfer_id)
            as has_both_legs

    from {{ ref('fact_cash_events') }}

    where
        transfer_id is not null
        and type in ('TRANSFER_IN', 'TRANSFER_OUT')

    union all

    select
        transfer_id,
        direction as type,
        symbol as currency,
        signed_quantity as amount,
        min(direction) over (partition by transfer_id, symbol)
        <> max(direction) over (partition by transfer_id, symbol) as has_both_legs

    from {{ ref('fact_security_transfers') }}

    where transfer_id is not null

)

select
    transfer_id,
    currency as currency_or_symbol,
    sum(amount) as residual_amount

from legs

where has_both_legs

group by transfer_id, currency

having sum(amount) <> 0
