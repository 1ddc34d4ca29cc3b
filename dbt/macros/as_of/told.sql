{# What was told of an event, in words, for a person who compares two tellings of it. #}
{% macro told_trade() -%}
    concat_ws(
        ' ',
        case when trades.signed_quantity > 0 then 'BUY' else 'SELL' end,
        {{ plain_number('abs(trades.signed_quantity)') }},
        trades.symbol,
        'at',
        {{ plain_number('trades.price') }},
        trades.currency,
        'fees ' || {{ plain_number('nullif(trades.fees, 0)') }},
        'on',
        trades.executed_at
    )
{%- endmacro %}


{% macro told_cash_event() -%}
    concat_ws(' ', type, {{ plain_number('abs(amount)') }}, currency, 'on', occurred_at)
{%- endmacro %}


{% macro told_transfer() -%}
    concat_ws(
        ' ',
        transfers.direction,
        {{ plain_number('transfers.quantity') }},
        transfers.symbol,
        case
            when transfers.out_event_id is null
                then 'at ' || {{ plain_number('transfers.unit_cost') }}
        end,
        'with ' || transfers.transfer_id,
        'on',
        transfers.occurred_at
    )
{%- endmacro %}


{% macro told_action() -%}
    concat_ws(
        ' ',
        type,
        case when type in ('SPLIT', 'SPINOFF', 'SYMBOL_CHANGE') then new_shares || ':' || old_shares end,
        {{ plain_number('amount') }},
        currency,
        'at ' || {{ plain_number('ex_rate') }},
        'into ' || new_symbol,
        'with cost ' || {{ plain_number('cost_fraction_ratio') }}
    )
{%- endmacro %}


{% macro told_instrument() -%}
    concat_ws(' ', currency, calendar, 'multiplier', multiplier)
{%- endmacro %}


{% macro plain_number(number) -%}
    rtrim(rtrim(({{ number }})::varchar, '0'), '.')
{%- endmacro %}
