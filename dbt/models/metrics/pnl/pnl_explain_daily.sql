{{ config(materialized='view') }}

with

holdings as (

    select
        account_id,
        symbol,
        value_date,
        is_cash,
        fx_rate,
        previous_fx_rate,
        previous_local_market_value,
        held_local_market_value,
        local_market_value,
        previous_market_value,
        market_value,
        local_paid_amount,
        gross_local_paid_amount,
        realized_pnl,
        dividends,
        interest,
        fees,
        conversion_pnl

    from {{ ref('fact_roll_forward_daily') }}

),

-- The change of price, that of the rate, and both together, on what was held at the close before.
moves as (

    select
        *,
        {{ in_currency(
            '(held_local_market_value - previous_local_market_value)', 'previous_fx_rate'
        ) }} as price_pnl,
        {{ in_currency('previous_local_market_value', '(fx_rate - previous_fx_rate)') }}
            as rate_pnl,
        {{ in_currency(
            '(held_local_market_value - previous_local_market_value)',
            '(fx_rate - previous_fx_rate)'
        ) }} as cross_pnl,
        {{ in_currency(
            'local_paid_amount', 'fx_rate', gross='gross_local_paid_amount'
        ) }} as paid_amount

    from holdings

),

-- What came and went counts at the day's rate. Cash has no price: it earns by its rate, and by
-- what was realised in it.
lines as (

    select
        account_id,
        symbol,
        value_date,
        price_pnl,
        case when is_cash then 0::double else rate_pnl + conversion_pnl end as fx_pnl,
        cross_pnl,
        case
            when is_cash then realized_pnl + conversion_pnl
            else {{ in_currency(
                '(local_market_value - held_local_market_value + local_paid_amount)',
                'fx_rate',
                gross='(abs(local_market_value - held_local_market_value)'
                    ~ ' + gross_local_paid_amount)'
            ) }}
        end as trading_pnl,
        dividends,
        interest,
        fees,
        case when is_cash then rate_pnl else 0 end as fx_cash_pnl,
        market_value
        - previous_market_value
        + paid_amount
        + case when is_cash then realized_pnl else 0 end
        + dividends
        + interest
        - fees
        + conversion_pnl as total_pnl,
        price_pnl + fx_pnl + cross_pnl + trading_pnl + dividends + interest - fees + fx_cash_pnl
            as explained_pnl

    from moves

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

    from lines

)

select * from explained
