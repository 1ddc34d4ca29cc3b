with

positions as (

    select
        account_id,
        symbol,
        value_date,
        unrealized_pnl,
        realized_pnl_to_date

    from {{ ref('fact_positions_daily') }}

),

trade_fees as (

    select
        account_id,
        symbol,
        value_date,
        {{ exact_sum('fees') }} as fees

    from {{ ref('fact_trades') }}

    group by account_id, symbol, value_date

),

cash_events as (

    select
        account_id,
        currency,
        value_date,
        type,
        amount::double as amount

    from {{ ref('fact_cash_events') }}

),

account_days as (

    select
        account_id,
        value_date

    from {{ ref('fact_portfolio_value_daily') }}

),

accounts as (

    select
        account_id,
        base_currency

    from {{ ref('dim_account') }}

),

position_days as (

    select
        positions.account_id,
        positions.symbol,
        positions.value_date,
        positions.realized_pnl_to_date - lag(positions.realized_pnl_to_date, 1, 0) over history
            as realized_pnl,
        positions.unrealized_pnl,
        positions.unrealized_pnl - lag(positions.unrealized_pnl, 1, 0) over history
            as unrealized_pnl_change,
        0::double as interest,
        coalesce(trade_fees.fees, 0) as fees

    from positions

    left join trade_fees
        on positions.account_id = trade_fees.account_id
        and positions.symbol = trade_fees.symbol
        and positions.value_date = trade_fees.value_date

    window history as (
        partition by positions.account_id, positions.symbol
        order by positions.value_date
    )

),

-- What happens to cash itself. A payment in lieu of a fraction is what the fraction realised.
cash_event_days as (

    select
        account_id,
        value_date,
        {{ exact_sum("case when type = 'CASH_IN_LIEU' then amount else 0 end") }} as realized_pnl,
        {{ exact_sum("case when type = 'INTEREST' then amount else 0 end") }} as interest,
        {{ exact_sum("case when type = 'FEE' then -amount else 0 end") }} as fees

    from cash_events

    group by account_id, value_date

),

cash_days as (

    select
        account_days.account_id,
        'CASH:' || accounts.base_currency as symbol,
        account_days.value_date,
        coalesce(cash_event_days.realized_pnl, 0) as realized_pnl,
        0::double as unrealized_pnl,
        0::double as unrealized_pnl_change,
        coalesce(cash_event_days.interest, 0) as interest,
        coalesce(cash_event_days.fees, 0) as fees

    from account_days

    inner join accounts
        on account_days.account_id = accounts.account_id

    left join cash_event_days
        on account_days.account_id = cash_event_days.account_id
        and account_days.value_date = cash_event_days.value_date

),

days as (

    select * from position_days

    union all

    select * from cash_days

),

totalled as (

    select
        ---------- grain
        account_id,
        symbol,
        value_date,

        ---------- measures
        realized_pnl,
        unrealized_pnl,
        unrealized_pnl_change,
        interest,
        fees,
        realized_pnl + unrealized_pnl_change + interest - fees as total_pnl

    from days

)

select * from totalled
