{#
    A select of how much was added and subtracted to come to an account's value and profit of a day,
    whatever the signs: what it held then and the day before, what it traded and each line of its
    profit, in base currency. is_unrated: something of that day or the day before has no rate, so a
    profit may be unknown. One row per account and valuation day.
#}
{% macro gross_of_accounts() -%}
    select
        account_values.account_id,
        account_values.value_date,
        account_values.gross_value
        + lag(account_values.gross_value, 1, 0) over history
        + account_values.gross_flow
        + coalesce(traded.gross_traded, 0)
        + coalesce(pnl.gross_pnl, 0) as gross_amount,
        'missing_fx' in (
            account_values.value_status, lag(account_values.value_status, 1, 'ok') over history
        ) as is_unknown,
        coalesce(pnl.is_unrated or lag(pnl.is_unrated) over history, false) as is_unrated

    from (
        select
            *,
            gross_cash_balance + gross_positions_value as gross_value,
            external_inflow + external_outflow as gross_flow

        from {{ ref('fact_portfolio_value_daily') }}
    ) as account_values

    left join (
        select
            lines.account_id,
            lines.value_date,
            sum(
                abs(lines.realized_pnl)
                + abs(lines.unrealized_pnl)
                + abs(lines.unrealized_pnl_change)
                + abs(lines.dividends)
                + abs(lines.interest)
                + abs(lines.fees)
                + abs(lines.fx_pnl)
            ) as gross_pnl,
            bool_or(balances.value_date is not null or positions.value_date is not null)
                as is_unrated

        from {{ ref('fact_pnl_daily') }} as lines

        left join {{ ref('fact_cash_balances_daily') }} as balances
            on lines.account_id = balances.account_id
            and lines.symbol = {{ cash_symbol('balances.currency') }}
            and lines.value_date = balances.value_date
            and balances.fx_rate is null

        left join {{ ref('fact_positions_daily') }} as positions
            on lines.account_id = positions.account_id
            and lines.symbol = positions.symbol
            and lines.value_date = positions.value_date
            and positions.fx_rate is null

        group by lines.account_id, lines.value_date
    ) as pnl
        on account_values.account_id = pnl.account_id
        and account_values.value_date = pnl.value_date

    left join (
        select
            trades.account_id,
            trades.value_date,
            sum(abs(trades.cash_effect_amount) * positions.fx_rate) as gross_traded

        from {{ ref('fact_trades') }} as trades

        inner join {{ ref('fact_positions_daily') }} as positions
            on trades.account_id = positions.account_id
            and trades.symbol = positions.symbol
            and trades.value_date = positions.value_date

        group by trades.account_id, trades.value_date
    ) as traded
        on account_values.account_id = traded.account_id
        and account_values.value_date = traded.value_date

    window history as (
        partition by account_values.account_id
        order by account_values.value_date
    )
{%- endmacro %}
