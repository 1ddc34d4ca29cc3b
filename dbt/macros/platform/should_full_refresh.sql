{# dbt asks this of every incremental model. #}
{% macro should_full_refresh() %}
    {% if not execute or flags.FULL_REFRESH %}
        {{ return(flags.FULL_REFRESH) }}
    {% endif %}
    {{ return(not run_query('select exists(from main.built_batches)').rows[0][0]) }}
{% endmacro %}
