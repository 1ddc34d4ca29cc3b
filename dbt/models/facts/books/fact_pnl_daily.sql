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
        positions_daily.unrealized_pnl,
        positions_daily.local_cost_basis,
        positions_daily.value_date >= positions_changed.first_changed_date as is_changed

    from {{ ref('fact_positions_daily') }} as positions_daily

    inner join positions_changed
        on positions_daily.account_id = positions_changed.account_id
        and positions_daily.symbol = positions_changed.symbol
        and positions_daily.value_date >= positions_changed.previous_open_date

),

event_days as (

    select
        intervals.account_id,
        intervals.symbol,
        intervals.valid_from_date as value_date,
        intervals.local_realized_pnl as realized_pnl,
        intervals.local_fees as fees,
        intervals.dividends,
        intervals.conversion_pnl

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
        {{ sum_or_null(in_currency('(local_market_value - local_cost)', 'fx_rate')) }}
            as unrealized_pnl

    from {{ ref('fact_security_transfers') }}

    group by account_id, symbol, value_date

),

cash_balances as (

    select
        balances.account_id,
        balances.currency,
        balances.value_date,
        balances.cash_balance,
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
        cash_in_lieu,
        conversion_pnl

    from {{ ref('fact_cash_earnings_daily') }}

),

-- What a transfer brings in or takes out was not earned here. Capital at cost earns what its
-- currency does; the price's part is in the unrealised change.
position_days as (

    select
        positions.account_id,
        positions.symbol,
        positions.value_date,
        positions.is_changed,
        {{ in_currency('coalesce(event_days.realized_pnl, 0)', 'positions.fx_rate') }}
            as realized_pnl,
        positions.unrealized_pnl,
        positions.unrealized_pnl
        - lag(positions.unrealized_pnl, 1, 0) over history
        - {{ zero_if_no_row('transfer_days.account_id', 'transfer_days.unrealized_pnl') }}
            as unrealized_pnl_change,
        {{ zero_if_no_row('event_days.account_id', 'event_days.dividends') }} as dividends,
        0::double as interest,
        {{ in_currency('coalesce(event_days.fees, 0)', 'positions.fx_rate') }} as fees,
        {{ in_currency(
            'lag(positions.local_cost_basis, 1, 0) over history',
            '(positions.fx_rate - lag(positions.fx_rate) over history)'
        ) }}
        + {{ zero_if_no_row('event_days.account_id', 'event_days.conversion_pnl') }} as fx_pnl

    from positions

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

-- A payment in lieu of a fraction is what the fraction realised.
cash_days as (

    select
        cash_balances.account_id,
        'CASH:' || cash_balances.currency as symbol,
        cash_balances.value_date,
        cash_balances.is_changed,
        {{ zero_if_no_row('cash_earnings.account_id', 'cash_earnings.cash_in_lieu') }}
            as realized_pnl,
        0::double as unrealized_pnl,
        0::double as unrealized_pnl_change,
        0::double as dividends,
        {{ zero_if_no_row('cash_earnings.account_id', 'cash_earnings.interest') }}
            as interest,
        {{ zero_if_no_row('cash_earnings.account_id', 'cash_earnings.fees') }} as fees,
        {{ in_currency(
            'lag(cash_balances.cash_balance, 1, 0) over history',
            '(cash_balances.fx_rate - lag(cash_balances.fx_rate) over history)'
        ) }}
        + {{ zero_if_no_row('cash_earnings.account_id', 'cash_earnings.conversion_pnl') }}
            as fx_pnl

    from cash_balances

    left join cash_earnings
        on cash_balances.account_id = cash_earnings.account_id
        and cash_balances.currency = cash_earnings.currency
        and cash_balances.value_date = cash_earnings.value_date

    window history as (
        partition by cash_balances.account_id, cash_balances.currency
        order by cash_balances.value_date
    )

),

days as (

    select * from position_days

    union all

    select * from cash_days

),

added as (

    select
        *,
        realized_pnl + unrealized_pnl_change + dividends + interest - fees + fx_pnl as total_pnl

    from days

    where is_changed

),

totalled as (

    select
        ---------- grain
        account_id,
        symbol,
        value_date,

        ---------- attributes
        case when total_pnl is null then 'missing_fx' else 'ok' end as pnl_status,

        ---------- measures
        realized_pnl,
        unrealized_pnl,
        unrealized_pnl_change,
        dividends,
        interest,
        fees,
        fx_pnl,
        total_pnl

    from added

)

select * from totalled
