{#
    What engines say in words of their own, once. Of another engine than DuckDB dbt says which of
    these are missing: they are added here (`spark__iso_weekday`), and no model changes.
#}
{# 1 is Monday, 7 Sunday. #}
{% macro iso_weekday(day) -%}
    {{ adapter.dispatch('iso_weekday')(day) }}
{%- endmacro %}

{% macro duckdb__iso_weekday(day) -%}
    isodow({{ day }})
{%- endmacro %}


{# As a column: a row for each day from the first to the last; none if the last comes before. #}
{% macro day_series(first_day, last_day) -%}
    {{ adapter.dispatch('day_series')(first_day, last_day) }}
{%- endmacro %}

{% macro duckdb__day_series(first_day, last_day) -%}
    unnest(generate_series({{ first_day }}, {{ last_day }}, interval 1 day))::date
{%- endmacro %}


{#
    Joins the row that was the last one by then: of a relation with the same keys (its column: what it
    is compared with), the one with the greatest `since` that is not after `moment`.
#}
{% macro asof_join(kind, relation, keys, since, moment) -%}
    {{ adapter.dispatch('asof_join')(kind, relation, keys, since, moment) }}
{%- endmacro %}

{% macro duckdb__asof_join(kind, relation, keys, since, moment) -%}
    {%- set conditions = [moment ~ ' >= ' ~ relation ~ '.' ~ since] -%}
    {%- for column, value in keys.items() -%}
        {%- do conditions.append(value ~ ' = ' ~ relation ~ '.' ~ column) -%}
    {%- endfor -%}
    asof {{ kind }} join {{ relation }} on {{ conditions | join(' and ') }}
{%- endmacro %}


{# Of rows in an order, or along a named window: doubles multiplied otherwise differ. #}
{% macro product(factor, order_by=none, window=none) -%}
    {{ adapter.dispatch('product')(factor, order_by, window) }}
{%- endmacro %}

{% macro duckdb__product(factor, order_by, window) -%}
    {%- if window -%}
        product({{ factor }}) over {{ window }}
    {%- else -%}
        product({{ factor }} order by {{ order_by }})
    {%- endif -%}
{%- endmacro %}


{# An aggregate: the value of the row with the greatest key, a null too. #}
{% macro max_by_keep_null(value, key) -%}
    {{ adapter.dispatch('max_by_keep_null')(value, key) }}
{%- endmacro %}

{% macro duckdb__max_by_keep_null(value, key) -%}
    arg_max_null({{ value }}, {{ key }})
{%- endmacro %}


{# An aggregate: a list of the largest losses, the worst first. #}
{% macro worst_k(loss, count) -%}
    {{ adapter.dispatch('worst_k')(loss, count) }}
{%- endmacro %}

{% macro duckdb__worst_k(loss, count) -%}
    max({{ loss }}, {{ count }})
{%- endmacro %}


{# The sum of the first elements of a list of doubles; of none of them it is 0. #}
{% macro list_slice_sum(list, count) -%}
    {{ adapter.dispatch('list_slice_sum')(list, count) }}
{%- endmacro %}

{% macro duckdb__list_slice_sum(list, count) -%}
    coalesce(list_sum({{ list }}[1:{{ count }}]), 0)
{%- endmacro %}
