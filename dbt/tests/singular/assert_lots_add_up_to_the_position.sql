-- A returned row is a position whose open lots do not add up to it, to the last decimal (law 3).
with

positions as (

    select
        account_id,
        symbol,
        position_after

    from {{ ref('fact_trades') }}

    qualify row_number() over (
        partition by account_id, symbol
        order by trade_number desc
    ) = 1

),

lots as (

    select
        account_id,
        symbol,
        sum(open_quantity) as open_quantity

    from {{ ref('fact_open_lots') }}

    group by account_id, symbol

)

select
    positions.account_id,
    positions.symbol,
    positions.position_after,
    lots.open_quantity

from positions

left join lots
    on positions.account_id = lots.account_id
    and positions.symbol = lots.symbol

where positions.position_after <> coalesce(lots.open_quantity, 0)
