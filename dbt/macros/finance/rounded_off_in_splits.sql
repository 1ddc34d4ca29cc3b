{#
    A select of what splits may drop from accounts by rounding positions to eight decimals: that part
    of a unit, at its cost or its close, in base currency. One row per account and day with a split.
#}
{% macro rounded_off_in_splits() -%}
    select
        splits.account_id,
        splits.value_date,
        sum(
            1e-8 * dim_symbol.multiplier::double * positions.fx_rate * greatest(
                coalesce(splits.avg_cost_after, 0), coalesce(positions.close_price::double, 0)
            )
        ) as rounded_off

    from {{ ref('fact_corporate_actions') }} as splits

    inner join {{ ref('dim_symbol') }} as dim_symbol
        on splits.symbol = dim_symbol.symbol

    inner join {{ ref('fact_positions_daily') }} as positions
        on splits.account_id = positions.account_id
        and splits.symbol = positions.symbol
        and splits.value_date = positions.value_date

    where splits.type = 'SPLIT'

    group by splits.account_id, splits.value_date
{%- endmacro %}
