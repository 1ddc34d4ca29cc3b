-- Cash rows change with the account, all others with their position.
{{ config(
    materialized='incremental',
    meta={'changed_by': {
        'int_positions_changed': none,
        'int_accounts_changed': "symbol like 'CASH:%'",
    }},
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

positions as (

    select
        positions_daily.account_id,
        positions_daily.symbol,
        positions_daily.value_date,
        positions_daily.fx_rate,
        positions_daily.cumulative_position::double as quantity,
        positions_daily.close_price,
        positions_daily.local_market_value,
        positions_daily.market_value,
        positions_daily.value_date >= positions_changed.first_changed_date as is_changed

    from {{ ref('fact_positions_daily') }} as positions_daily

    inner join positions_changed
        on positions_daily.account_id = positions_changed.account_id
        and positions_daily.symbol = positions_changed.symbol
        and positions_daily.value_date >= positions_changed.previous_open_date

),

symbols as (

    select
        symbol,
        multiplier::double as multiplier

    from {{ ref('dim_symbol') }}

),

event_days as (

    select
        intervals.account_id,
        intervals.symbol,
        intervals.valid_from_date as value_date,
        intervals.local_paid_amount as paid_amount,
        intervals.local_fees as fees,
        intervals.dividends,
        intervals.conversion_pnl,
        intervals.split_ratio

    from {{ ref('fact_position_intervals') }} as intervals

    semi join positions_changed
        on intervals.account_id = positions_changed.account_id
        and intervals.symbol = positions_changed.symbol
        and intervals.valid_from_date >= positions_changed.first_changed_date

),

transfer_days as (

    select
        account_id,
        symbol,
        value_date,
        {{ exact_sum('local_market_value') }} as local_market_value,
        {{ exact_sum('abs(local_market_value)') }} as gross_local_market_value

    from {{ ref('fact_security_transfers') }}

    group by account_id, symbol, value_date

),

cash_balances as (

    select
        balances.account_id,
        balances.currency,
        balances.value_date,
        balances.cash_balance,
        balances.cash_value,
        balances.fx_rate,
        balances.value_date >= accounts_changed.first_changed_date as is_changed

    from {{ ref('fact_cash_balances_daily') }} as balances

    inner join accounts_changed
        on balances.account_id = accounts_changed.account_id
        and balances.value_date >= accounts_changed.previous_open_date

),

cash_earnings as (

    select
        account_id,
        currency,
        value_date,
        interest,
        fees,
        cash_in_lieu + conversion_pnl as trading_pnl

    from {{ ref('fact_cash_earnings_daily') }}

),

-- What was held at the previous close, in the shares of today, at its worth then. Transfers count
-- as paid for at the close.
position_days as (

    select
        positions.*,
        symbols.multiplier,
        coalesce(event_days.paid_amount, 0)
        - coalesce(transfer_days.local_market_value, 0) as paid_amount,
        abs(coalesce(event_days.paid_amount, 0))
        + coalesce(transfer_days.gross_local_market_value, 0) as gross_paid_amount,
        coalesce(event_days.fees, 0) as fees,
        {{ zero_if_no_row('event_days.account_id', 'event_days.dividends') }} as dividends,
        {{ zero_if_no_row('event_days.account_id', 'event_days.conversion_pnl') }}
            as conversion_pnl,
        lag(positions.fx_rate, 1, positions.fx_rate) over history as previous_fx_rate,
        lag(positions.market_value, 1, 0) over history as previous_market_value,
        lag(positions.local_market_value, 1, 0) over history as held_value,
        round(
            lag(positions.quantity, 1, 0) over history * coalesce(event_days.split_ratio, 1), 8
        ) as held_quantity

    from positions

    inner join symbols
        on positions.symbol = symbols.symbol

    left join event_days
        on positions.account_id = event_days.account_id
        and positions.symbol = event_days.symbol
        and positions.value_date = event_days.value_date

    left join transfer_days
        on positions.account_id = transfer_days.account_id
        and positions.symbol = transfer_days.symbol
        and positions.value_date = transfer_days.value_date

    window history as (
        partition by positions.account_id, positions.symbol
        order by positions.value_date
    )

),

-- Without a close a position is worth its cost; one that has gone flat then moved only in trading.
position_moves as (

    select
        *,
        case
            when close_price is not null then held_quantity * close_price::double * multiplier
            when quantity <> 0 then held_quantity / quantity * local_market_value
            else held_value
        end as held_value_now

    from position_days

),

position_lines as (

    select
        account_id,
        symbol,
        value_date,
        is_changed,
        {{ in_currency('(held_value_now - held_value)', 'previous_fx_rate') }} as price_pnl,
        {{ in_currency('held_value', '(fx_rate - previous_fx_rate)') }} + conversion_pnl as fx_pnl,
        {{ in_currency('(held_value_now - held_value)', '(fx_rate - previous_fx_rate)') }}
            as cross_pnl,
        {{ in_currency(
            '(local_market_value - held_value_now + paid_amount)',
            'fx_rate',
            gross='(abs(local_market_value - held_value_now) + gross_paid_amount)'
        ) }} as trading_pnl,
        dividends,
        0::double as interest,
        {{ in_currency('fees', 'fx_rate') }} as fees,
        0::double as fx_cash_pnl,
        market_value
        - previous_market_value
        + {{ in_currency('(paid_amount - fees)', 'fx_rate', gross='(gross_paid_amount + fees)') }}
        + dividends
        + conversion_pnl as total_pnl

    from position_moves

),

cash_days as (

    select
        *,
        lag(cash_balance, 1, 0) over history as held_balance,
        lag(cash_value, 1, 0) over history as previous_cash_value,
        lag(fx_rate, 1, fx_rate) over history as previous_fx_rate

    from cash_balances

    window history as (
        partition by account_id, currency
        order by value_date
    )

),

-- What came and went in the day counts at the day's rate and is nobody's profit.
cash_lines as (

    select
        cash_days.account_id,
        'CASH:' || cash_days.currency as symbol,
        cash_days.value_date,
        cash_days.is_changed,
        0::double as price_pnl,
        0::double as fx_pnl,
        0::double as cross_pnl,
        {{ zero_if_no_row('cash_earnings.account_id', 'cash_earnings.trading_pnl') }}
            as trading_pnl,
        0::double as dividends,
        {{ zero_if_no_row('cash_earnings.account_id', 'cash_earnings.interest') }}
            as interest,
        {{ zero_if_no_row('cash_earnings.account_id', 'cash_earnings.fees') }} as fees,
        {{ in_currency(
            'cash_days.held_balance', '(cash_days.fx_rate - cash_days.previous_fx_rate)'
        ) }} as fx_cash_pnl,
        cash_days.cash_value
        - cash_days.previous_cash_value
        - {{ in_currency(
            '(cash_days.cash_balance - cash_days.held_balance)', 'cash_days.fx_rate'
        ) }}
        + {{ zero_if_no_row(
            'cash_earnings.account_id',
            'cash_earnings.trading_pnl + cash_earnings.interest - cash_earnings.fees'
        ) }} as total_pnl

    from cash_days

    left join cash_earnings
        on cash_days.account_id = cash_earnings.account_id
        and cash_days.currency = cash_earnings.currency
        and cash_days.value_date = cash_earnings.value_date

),

lines as (

    select * from position_lines

    union all

    select * from cash_lines

),

added as (

    select
        *,
        price_pnl + fx_pnl + cross_pnl + trading_pnl + dividends + interest - fees + fx_cash_pnl
            as explained_pnl

    from lines

    where is_changed

),

explained as (

    select
        ---------- grain
        account_id,
        symbol,
        value_date,

        ---------- attributes
        case when explained_pnl + total_pnl is null then 'missing_fx' else 'ok' end as pnl_status,

        ---------- measures
        price_pnl,
        fx_pnl,
        cross_pnl,
        trading_pnl,
        dividends,
        interest,
        fees,
        fx_cash_pnl,
        explained_pnl,
        total_pnl,
        total_pnl - explained_pnl as unexplained

    from added

)

select * from explained
