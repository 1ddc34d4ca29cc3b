{#
    Sum of money that does not depend on the order of its rows: doubles added by two threads differ in
    the last digit from run to run, decimals do not. Ten places keep more than a double of that size.
    Sums of more than a decimal holds stay doubles: such a price is a slip, and stops nobody.
#}
{% macro exact_sum(amount) -%}
    case
        when max(abs({{ amount }})) < 1e22
            then sum(try_cast({{ amount }} as decimal(38, 10)))::double
        else sum(({{ amount }})::double)
    end
{%- endmacro %}
