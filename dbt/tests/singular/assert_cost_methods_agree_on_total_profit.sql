-- A returned row is a chain of symbols of which average cost and lots by one of the cost methods
-- give different totals: what was realised, less what the open units cost, plus the cost of what
-- transfers brought must agree, in the instrument's currency, whatever closed first (law 4).
-- Prices of lots have ten decimals.
with

events as (

    select
        account_id,
        symbol,
        event_number,
        position_after,
        avg_cost_after,
        realized_pnl,
        0::double as moved_cost,
        abs(cash_effect_amount) as turnover

    from {{ ref('fact_trades') }}

    union all

    select
        account_id,
        symbol,
        event_number,
        position_after,
        avg_cost_after,
        realized_pnl,
        0::double as moved_cost,
        0 as turnover

    from {{ ref('fact_corporate_actions') }}

    union all

    select
        account_id,
        symbol,
        event_number,
        position_after,
        avg_cost_after,
        realized_pnl,
        local_cost as moved_cost,
        abs(local_cost) as turnover

    from {{ ref('fact_transfers_booked') }}

),

positions as (

    select
        account_id,
        symbol,
        sum(realized_pnl) as realized_pnl,
        sum(moved_cost) as moved_cost,
        max_by(
            coalesce(position_after::double * avg_cost_after, 0), event_number
        ) as open_cost,
        sum(turnover) as turnover

    from events

    group by account_id, symbol

),

symbols as (

    select
        dim_symbol.symbol,
        dim_symbol.multiplier::double as multiplier,
        chained.chain_id

    from {{ ref('dim_symbol') }} as dim_symbol

    inner join {{ ref('int_symbols_chained') }} as chained
        on dim_symbol.symbol = chained.symbol

),

methods as (

    select unnest({{ var('cost_methods') }}) as cost_method

),

lots as (

    select
        cost_method,
        account_id,
        symbol,
        realized_pnl,
        0::double as open_cost,
        0::double as units

    from {{ ref('fact_closed_lots') }}

    union all

    select
        cost_method,
        account_id,
        symbol,
        0 as realized_pnl,
        open_quantity::double * open_price::double as open_cost,
        abs(open_quantity::double) as units

    from {{ ref('fact_open_lots') }}

    union all

    select
        cost_method,
        account_id,
        symbol,
        0 as realized_pnl,
        -signed_quantity::double * open_price::double as open_cost,
        abs(signed_quantity::double) as units

    from {{ ref('fact_transferred_lots') }}

),

totals_by_average_cost as (

    select
        positions.account_id,
        symbols.chain_id,
        sum(
            positions.realized_pnl + positions.moved_cost - positions.open_cost * symbols.multiplier
        ) as total,
        sum(positions.turnover) as turnover

    from positions

    inner join symbols
        on positions.symbol = symbols.symbol

    group by positions.account_id, symbols.chain_id

),

totals_by_lots as (

    select
        lots.cost_method,
        lots.account_id,
        symbols.chain_id,
        sum(lots.realized_pnl - lots.open_cost * symbols.multiplier) as total,
        sum(lots.units * symbols.multiplier) as units

    from lots

    inner join symbols
        on lots.symbol = symbols.symbol

    group by lots.cost_method, lots.account_id, symbols.chain_id

)

select
    methods.cost_method,
    totals_by_average_cost.account_id,
    totals_by_average_cost.chain_id,
    totals_by_average_cost.total as total_by_average_cost,
    totals_by_lots.total as total_by_lots

from totals_by_average_cost

cross join methods

left join totals_by_lots
    on methods.cost_method = totals_by_lots.cost_method
    and totals_by_average_cost.account_id = totals_by_lots.account_id
    and totals_by_average_cost.chain_id = totals_by_lots.chain_id

-- A holding that was split away to nothing has neither closed nor open lots.
where not coalesce(
    abs(totals_by_average_cost.total - coalesce(totals_by_lots.total, 0))
    <= 0.01
    + 1e-9 * totals_by_average_cost.turnover
    + 1e-10 * coalesce(totals_by_lots.units, 0),
    false
)
