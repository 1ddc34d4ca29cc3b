{#
    Order by: an official close speaks for its day; without one the latest quote of the day does, and
    of two that say when they were made alike the one that was received last.
#}
{% macro best_quote_first(quotes) -%}
    {{ quotes }}.is_official_close desc,
    {{ quotes }}.quoted_at desc,
    {{ quotes }}.ingested_at desc,
    {{ quotes }}.batch_id desc,
    {{ quotes }}.source_row desc
{%- endmacro %}
