{#
    A select of every way from one currency to another over at most three legs, no currency twice.

    legs: a relation with from_currency and to_currency, each pair in both directions;
    keys: further columns of it, within which the legs of a chain must agree.
#}
{% macro currency_chains(legs, keys=[]) -%}
    {%- set keys_of_chain -%}
        {%- for key in keys %}first_leg.{{ key }}, {% endfor -%}
    {%- endset -%}

    select
        {{ keys_of_chain }}first_leg.from_currency,
        first_leg.to_currency,
        [first_leg.from_currency, first_leg.to_currency] as quote_chain

    from {{ legs }} as first_leg

    union all

    select
        {{ keys_of_chain }}first_leg.from_currency,
        second_leg.to_currency,
        [first_leg.from_currency, first_leg.to_currency, second_leg.to_currency] as quote_chain

    from {{ legs }} as first_leg

    inner join {{ legs }} as second_leg
        on {{ chain_link('first_leg', 'second_leg', keys) }}
        and first_leg.from_currency <> second_leg.to_currency

    union all

    select
        {{ keys_of_chain }}first_leg.from_currency,
        third_leg.to_currency,
        [
            first_leg.from_currency,
            first_leg.to_currency,
            second_leg.to_currency,
            third_leg.to_currency
        ] as quote_chain

    from {{ legs }} as first_leg

    inner join {{ legs }} as second_leg
        on {{ chain_link('first_leg', 'second_leg', keys) }}
        and first_leg.from_currency <> second_leg.to_currency

    inner join {{ legs }} as third_leg
        on {{ chain_link('second_leg', 'third_leg', keys) }}
        and first_leg.from_currency <> third_leg.to_currency
        and first_leg.to_currency <> third_leg.to_currency
{%- endmacro %}
