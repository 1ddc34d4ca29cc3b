{#
    A product of doubles whose zero has no sign: -5 shares at 0 are -0.0. DuckDB compresses 0.0 and -0.0
    of neighbouring rows into one value, so which of the two is stored hangs on the order of the rows.
#}
{% macro unsigned_zero(amount) -%}
    {{ amount }} + 0
{%- endmacro %}
