-- A returned row is a trade after which the book holds another quantity than its trades add up to,
-- to the last decimal (law 1).
with

trades as (

    select
        trade_id,
        account_id,
        symbol,
        position_after,
        sum(signed_quantity) over (
            partition by account_id, symbol
            order by executed_at, trade_id
        ) as traded_quantity

    from {{ ref('fact_trades') }}

)

select *

from trades

where not coalesce(position_after = traded_quantity, false)
