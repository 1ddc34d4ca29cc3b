{#
    A select of every way from one currency to another over at most three legs, no currency twice.

    legs: a relation with from_currency and to_currency, each pair in both directions;
    keys: further columns of it, within which the legs of a chain must agree.
#}
{% macro currency_chains(legs, keys=[]) -%}
    {% for length in (1, 2, 3) %}
        {% if not loop.first %}union all{% endif %}

        select
            {% for key in keys %}leg_1.{{ key }}, {% endfor %}
            leg_1.from_currency,
            leg_{{ length }}.to_currency,
            [
                leg_1.from_currency
                {% for leg in range(1, length + 1) %}, leg_{{ leg }}.to_currency{% endfor %}
            ] as quote_chain

        from {{ legs }} as leg_1

        {% for leg in range(2, length + 1) %}
            inner join {{ legs }} as leg_{{ leg }}
                on leg_{{ leg - 1 }}.to_currency = leg_{{ leg }}.from_currency
                and leg_1.from_currency <> leg_{{ leg }}.to_currency
                {% if leg == 3 %}
                    and leg_1.to_currency <> leg_3.to_currency
                {% endif %}
                {% for key in keys %}
                    and leg_1.{{ key }} = leg_{{ leg }}.{{ key }}
                {% endfor %}
        {% endfor %}
    {% endfor %}
{%- endmacro %}
