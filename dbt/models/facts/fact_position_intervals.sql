with

trades as (

    select
        account_id,
        symbol,
        value_date,
        trade_number,
        position_after,
        avg_cost_after,
        realized_pnl

    from {{ ref('fact_trades') }}

),

-- A day ends with its last trade; what was realised until then adds up over all of them.
day_ends as (

    select
        account_id,
        symbol,
        value_date,
        position_after,
        avg_cost_after,
        sum(realized_pnl) over (
            partition by account_id, symbol
            order by trade_number
        ) as realized_pnl_to_date

    from trades

    qualify row_number() over (
        partition by account_id, symbol, value_date
        order by trade_number desc
    ) = 1

),

intervals as (

    select
        ---------- grain
        account_id,
        symbol,
        value_date as valid_from_date,

        ---------- attributes
        case
            when position_after = 0 then value_date
            else lead(value_date) over history - 1
        end as valid_until_date,

        ---------- measures
        position_after as cumulative_position,
        avg_cost_after as avg_cost_per_share,
        realized_pnl_to_date

    from day_ends

    window history as (
        partition by account_id, symbol
        order by value_date
    )

)

select * from intervals
