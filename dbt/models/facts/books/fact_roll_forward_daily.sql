-- Cash rows change with the account, all others with their position.
{{ config(
    materialized='incremental',
    meta={'changed_by': {'int_positions_changed': none, 'int_accounts_changed': 'is_cash'}},
) }}

with

positions_changed as (

    select
        account_id,
        symbol,
        first_changed_date,
        previous_open_date

    from {{ ref('int_positions_changed') }}

),

accounts_changed as (

    select
        account_id,
        first_changed_date,
        previous_open_date

    from {{ ref('int_accounts_changed') }}

),

symbols as (

    select
        symbol,
        multiplier::double as multiplier

    from {{ ref('dim_symbol') }}

),

-- Each starts a day before what changed: the close that the first change begins from.
positions as (

    select
        positions_daily.account_id,
        positions_daily.symbol,
        positions_daily.value_date,
        false as is_cash,
        positions_daily.value_date >= positions_changed.first_changed_date as is_changed,
        positions_daily.fx_rate,
        positions_daily.cumulative_position::double as quantity,
        positions_daily.close_price::double as close_price,
        positions_daily.local_cost_basis,
        positions_daily.local_market_value,
        positions_daily.market_value,
        positions_daily.unrealized_pnl

    from {{ ref('fact_positions_daily') }} as positions_daily

    inner join positions_changed
        on positions_daily.account_id = positions_changed.account_id
        and positions_daily.symbol = positions_changed.symbol
        and positions_daily.value_date >= positions_changed.previous_open_date

),

-- Cash is worth what it cost.
cash_balances as (

    select
        balances.account_id,
        {{ cash_symbol('balances.currency') }} as symbol,
        balances.value_date,
        true as is_cash,
        balances.value_date >= accounts_changed.first_changed_date as is_changed,
        balances.fx_rate,
        null as quantity,
        null as close_price,
        balances.cash_balance as local_cost_basis,
        balances.cash_balance as local_market_value,
        balances.cash_value as market_value,
        0 as unrealized_pnl

    from {{ ref('fact_cash_balances_daily') }} as balances

    inner join accounts_changed
        on balances.account_id = accounts_changed.account_id
        and balances.value_date >= accounts_changed.previous_open_date

),

event_days as (

    select
        account_id,
        symbol,
        valid_from_date as value_date,
        local_realized_pnl,
        local_fees,
        local_paid_amount,
        dividends,
        conversion_pnl,
        split_ratio

    from {{ ref('fact_position_intervals') }}

),

transfer_days as (

    select
        account_id,
        symbol,
        value_date,
        {{ exact_sum('local_market_value') }} as local_market_value,
        {{ exact_sum('abs(local_market_value)') }} as gross_local_market_value,
        {{ sum_or_null(in_currency('(local_market_value - local_cost)', 'fx_rate')) }}
            as unrealized_pnl

    from {{ ref('fact_security_transfers') }}

    group by account_id, symbol, value_date

),

cash_earnings as (

    select
        account_id,
        {{ cash_symbol('currency') }} as symbol,
        value_date,
        interest,
        fees,
        cash_in_lieu,
        conversion_pnl

    from {{ ref('fact_cash_earnings_daily') }}

),

holdings as (

    select * from positions

    union all

    select * from cash_balances

),

-- What a transfer brings in or takes out was not earned here. A payment in lieu of a fraction is
-- what the fraction realised, and stands with the cash.
days as (

    select
        holdings.*,
        symbols.multiplier,
        lag(holdings.fx_rate, 1, holdings.fx_rate) over history as previous_fx_rate,
        lag(holdings.local_cost_basis, 1, 0) over history as previous_local_cost_basis,
        lag(holdings.local_market_value, 1, 0) over history as previous_local_market_value,
        lag(holdings.market_value, 1, 0) over history as previous_market_value,
        round(
            lag(holdings.quantity, 1, 0) over history * coalesce(event_days.split_ratio, 1), 8
        ) as held_quantity,
        holdings.unrealized_pnl
        - lag(holdings.unrealized_pnl, 1, 0) over history
        - {{ zero_if_no_row('transfer_days.account_id', 'transfer_days.unrealized_pnl') }}
            as unrealized_pnl_change,
        coalesce(event_days.local_paid_amount, 0)
        - coalesce(transfer_days.local_market_value, 0) as traded_amount,
        abs(coalesce(event_days.local_paid_amount, 0))
        + coalesce(transfer_days.gross_local_market_value, 0) as gross_traded_amount,
        {{ in_currency('coalesce(event_days.local_realized_pnl, 0)', 'holdings.fx_rate') }}
        + {{ zero_if_no_row('cash_earnings.account_id', 'cash_earnings.cash_in_lieu') }}
            as realized_pnl,
        {{ zero_if_no_row('event_days.account_id', 'event_days.dividends') }} as dividends,
        {{ zero_if_no_row('cash_earnings.account_id', 'cash_earnings.interest') }} as interest,
        {{ in_currency('coalesce(event_days.local_fees, 0)', 'holdings.fx_rate') }}
        + {{ zero_if_no_row('cash_earnings.account_id', 'cash_earnings.fees') }} as fees,
        {{ zero_if_no_row('event_days.account_id', 'event_days.conversion_pnl') }}
        + {{ zero_if_no_row('cash_earnings.account_id', 'cash_earnings.conversion_pnl') }}
            as conversion_pnl

    from holdings

    left join symbols
        on holdings.symbol = symbols.symbol

    left join event_days
        on holdings.account_id = event_days.account_id
        and holdings.symbol = event_days.symbol
        and holdings.value_date = event_days.value_date

    left join transfer_days
        on holdings.account_id = transfer_days.account_id
        and holdings.symbol = transfer_days.symbol
        and holdings.value_date = transfer_days.value_date

    left join cash_earnings
        on holdings.account_id = cash_earnings.account_id
        and holdings.symbol = cash_earnings.symbol
        and holdings.value_date = cash_earnings.value_date

    window history as (
        partition by holdings.account_id, holdings.symbol
        order by holdings.value_date
    )

),

-- What was held before, in the shares of today. Without a close a position is worth its cost; one
-- that has gone flat then, like cash, moved only by what came and went.
rolled_forward as (

    select
        ---------- grain
        account_id,
        symbol,
        value_date,

        ---------- measures
        fx_rate,
        previous_fx_rate,
        previous_local_cost_basis,
        previous_local_market_value,
        case
            when close_price is not null then held_quantity * close_price * multiplier
            when quantity <> 0 then held_quantity / quantity * local_market_value
            else previous_local_market_value
        end as held_local_market_value,
        local_market_value,
        previous_market_value,
        market_value,
        case
            when is_cash then previous_local_market_value - local_market_value
            else traded_amount
        end as local_paid_amount,
        case
            when is_cash then abs(previous_local_market_value - local_market_value)
            else gross_traded_amount
        end as gross_local_paid_amount,
        unrealized_pnl,
        unrealized_pnl_change,
        realized_pnl,
        dividends,
        interest,
        fees,
        conversion_pnl,

        ---------- flags
        is_cash

    from days

    where is_changed

)

select * from rolled_forward
