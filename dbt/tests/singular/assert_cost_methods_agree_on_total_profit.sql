-- A returned row is a position of which average cost and FIFO tell different totals: what was
-- realised less what the open units cost must agree, whatever their price (law 4).
with

positions as (

    select
        trades.account_id,
        trades.symbol,
        any_value(dim_symbol.multiplier)::double as multiplier,
        sum(trades.realized_pnl) as realized_pnl,
        sum(trades.realized_pnl_fifo) as realized_pnl_fifo,
        max_by(trades.position_after, trades.trade_number)::double as held_quantity,
        max_by(trades.avg_cost_after, trades.trade_number) as average_cost,
        sum(trades.quantity::double * trades.price::double) as turnover

    from {{ ref('fact_trades') }} as trades

    inner join {{ ref('dim_symbol') }} as dim_symbol
        on trades.symbol = dim_symbol.symbol

    group by trades.account_id, trades.symbol

),

lots as (

    select
        account_id,
        symbol,
        sum(open_quantity::double * open_price::double) as open_cost

    from {{ ref('fact_open_lots') }}

    group by account_id, symbol

)

select
    positions.*,
    lots.open_cost

from positions

left join lots
    on positions.account_id = lots.account_id
    and positions.symbol = lots.symbol

where not coalesce(
    abs(
        positions.realized_pnl - coalesce(positions.held_quantity * positions.average_cost, 0)
        * positions.multiplier
        - positions.realized_pnl_fifo + coalesce(lots.open_cost, 0) * positions.multiplier
    ) <= 0.01 + 1e-9 * positions.turnover,
    false
)
