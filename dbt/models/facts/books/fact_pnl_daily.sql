{{ config(materialized='view') }}

with

holdings as (

    select
        account_id,
        symbol,
        value_date,
        fx_rate,
        previous_fx_rate,
        previous_local_cost_basis,
        unrealized_pnl,
        unrealized_pnl_change,
        realized_pnl,
        dividends,
        interest,
        fees,
        conversion_pnl

    from {{ ref('fact_roll_forward_daily') }}

),

-- Capital at cost earns what its currency does; the price's part is in the unrealised change.
lines as (

    select
        *,
        {{ in_currency('previous_local_cost_basis', '(fx_rate - previous_fx_rate)') }}
        + conversion_pnl as fx_pnl,
        realized_pnl + unrealized_pnl_change + dividends + interest - fees + fx_pnl as total_pnl

    from holdings

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

    from lines

)

select * from totalled
