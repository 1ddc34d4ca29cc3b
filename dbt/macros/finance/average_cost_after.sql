{#
    Average cost with shorts and reversals (metrics.md, "Average cost with shorts and flips").

    position, average_cost: what is held before the trade (position 0: average_cost is null);
    signed_quantity, price: the trade. Quantities are decimals, so that flat is exactly 0.
#}
{% macro average_cost_after(position, average_cost, signed_quantity, price) -%}
    case
        when {{ position }} + {{ signed_quantity }} = 0 then null
        when {{ position }} = 0 then {{ price }}::double
        when sign({{ position }}) = sign({{ signed_quantity }})
            then (
                {{ average_cost }} * abs({{ position }}::double)
                + {{ price }}::double * abs({{ signed_quantity }}::double)
            ) / abs(({{ position }} + {{ signed_quantity }})::double)
        when abs({{ signed_quantity }}) > abs({{ position }}) then {{ price }}::double
        else {{ average_cost }}
    end
{%- endmacro %}
