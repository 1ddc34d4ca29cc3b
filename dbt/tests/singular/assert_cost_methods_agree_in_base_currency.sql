-- A returned row is a chain of symbols of which the P&L fact and the lots of a cost method give
-- different totals in the account's base currency: realised, unrealised and what rates made of the
-- cost must agree, whatever closed first (law 4). What a transfer brings counts at its market
-- value. Prices of lots have ten decimals.
with

trades as (

    select
        trades.trade_id,
        trades.account_id,
        trades.symbol,
        trades.value_date,
        abs(trades.cash_effect_amount) as turnover,
        rates.rate

    from {{ ref('fact_trades') }} as trades

    inner join {{ ref('dim_account') }} as dim_account
        on trades.account_id = dim_account.account_id

    left join {{ ref('fact_fx_rates_daily') }} as rates
        on trades.currency = rates.base_currency
        and dim_account.base_currency = rates.quote_currency
        and trades.value_date = rates.value_date

),

transfers as (

    select
        transfers.event_id,
        {{ leg_id('transfers.event_id') }} as trade_id,
        transfers.account_id,
        transfers.symbol,
        transfers.value_date,
        abs(transfers.market_value) as turnover,
        transfers.market_value / transfers.signed_quantity::double as unit_value,
        rates.rate

    from {{ ref('fact_security_transfers') }} as transfers

    inner join {{ ref('dim_account') }} as dim_account
        on transfers.account_id = dim_account.account_id

    left join {{ ref('fact_fx_rates_daily') }} as rates
        on transfers.currency = rates.base_currency
        and dim_account.base_currency = rates.quote_currency
        and transfers.value_date = rates.value_date

),

-- What opens a lot.
openers as (

    select * from trades

    union all

    select * exclude (event_id, unit_value)

    from transfers

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

last_day as (

    select last_price_date
    from {{ ref('int_last_day_priced') }}

),

-- Books that went on after the last price, or met a day without a rate, are not compared.
chains as (

    select
        openers.account_id,
        symbols.chain_id,
        sum(openers.turnover * openers.rate) as turnover

    from openers

    inner join symbols
        on openers.symbol = symbols.symbol

    cross join last_day

    group by openers.account_id, symbols.chain_id

    having
        count(*) = count(openers.rate)
        and max(openers.value_date) <= max(last_day.last_price_date)

),

-- Nor are those whose lots an action paid back or sold: their pieces have no trade to give a rate.
actions_left_out as (

    select distinct
        actions.account_id,
        symbols.chain_id

    from {{ ref('fact_corporate_actions') }} as actions

    inner join symbols
        on actions.symbol = symbols.symbol

    cross join last_day

    where
        actions.value_date > last_day.last_price_date
        or actions.type in ('RETURN_OF_CAPITAL', 'CASH_IN_LIEU')

),

profits as (

    select
        pnl_days.account_id,
        symbols.chain_id,
        sum(
            pnl_days.realized_pnl + pnl_days.unrealized_pnl_change + pnl_days.fx_pnl
        ) as total,
        sum(abs(pnl_days.unrealized_pnl_change)) as size

    from {{ ref('fact_pnl_daily') }} as pnl_days

    inner join symbols
        on pnl_days.symbol = symbols.symbol

    group by pnl_days.account_id, symbols.chain_id

    having count(*) = count(pnl_days.total_pnl)

),

last_values as (

    select
        account_id,
        symbol,
        max_by(market_value, value_date) as market_value

    from {{ ref('fact_positions_daily') }}

    group by account_id, symbol

),

-- What is held is worth its last value; what it cost counts at the rate of its opening.
worths as (

    select
        last_values.account_id,
        symbols.chain_id,
        sum(last_values.market_value) as market_value

    from last_values

    inner join symbols
        on last_values.symbol = symbols.symbol

    group by last_values.account_id, symbols.chain_id

),

pieces as (

    select
        closed_lots.cost_method,
        closed_lots.account_id,
        symbols.chain_id,
        case when closed_lots.is_short then -1 else 1 end
        * closed_lots.quantity::double
        * symbols.multiplier
        * (
            closed_lots.close_price::double * closings.rate
            - closed_lots.open_price::double * openings.rate
        ) as profit,
        closed_lots.quantity::double * symbols.multiplier * openings.rate as units

    from {{ ref('fact_closed_lots') }} as closed_lots

    inner join symbols
        on closed_lots.symbol = symbols.symbol

    inner join openers as openings
        on closed_lots.open_trade_id = openings.trade_id

    inner join openers as closings
        on closed_lots.close_trade_id = closings.trade_id

    union all

    select
        open_lots.cost_method,
        open_lots.account_id,
        symbols.chain_id,
        -open_lots.open_quantity::double
        * symbols.multiplier
        * open_lots.open_price::double
        * openings.rate as profit,
        abs(open_lots.open_quantity::double) * symbols.multiplier * openings.rate as units

    from {{ ref('fact_open_lots') }} as open_lots

    inner join symbols
        on open_lots.symbol = symbols.symbol

    inner join openers as openings
        on open_lots.open_trade_id = openings.trade_id

    union all

    select
        transferred_lots.cost_method,
        transferred_lots.account_id,
        symbols.chain_id,
        transferred_lots.signed_quantity::double
        * (
            transferred_lots.open_price::double * symbols.multiplier * openings.rate
            - transfers.unit_value
        ) as profit,
        abs(transferred_lots.signed_quantity::double) * symbols.multiplier * openings.rate as units

    from {{ ref('fact_transferred_lots') }} as transferred_lots

    inner join symbols
        on transferred_lots.symbol = symbols.symbol

    inner join transfers
        on transferred_lots.event_id = transfers.event_id

    inner join openers as openings
        on transferred_lots.open_trade_id = openings.trade_id

),

totals_by_lots as (

    select
        cost_method,
        account_id,
        chain_id,
        sum(profit) as total,
        sum(units) as units

    from pieces

    group by cost_method, account_id, chain_id

)

select
    totals_by_lots.cost_method,
    chains.account_id,
    chains.chain_id,
    profits.total as total_of_days,
    totals_by_lots.total + worths.market_value as total_of_lots

from chains

inner join profits
    on chains.account_id = profits.account_id
    and chains.chain_id = profits.chain_id

inner join totals_by_lots
    on chains.account_id = totals_by_lots.account_id
    and chains.chain_id = totals_by_lots.chain_id

inner join worths
    on chains.account_id = worths.account_id
    and chains.chain_id = worths.chain_id

anti join actions_left_out
    on chains.account_id = actions_left_out.account_id
    and chains.chain_id = actions_left_out.chain_id

where not coalesce(
    abs(profits.total - totals_by_lots.total - worths.market_value)
    <= {{ cent('profits.size') }} + 1e-9 * chains.turnover + 1e-10 * totals_by_lots.units,
    false
)
