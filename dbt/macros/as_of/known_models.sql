{#
    The staging models, over only the raw rows known by a moment: the very SQL of the model, with
    the raw table in it replaced. So there is one rule of what counts of all that was told, not
    two.
#}
{% macro as_of_kinds() %}
    {{ return([
        'trades', 'cash_events', 'security_transfers', 'corporate_actions', 'prices', 'fx_rates',
        'instruments', 'accounts',
    ]) }}
{% endmacro %}


{% macro known_rows(kind) -%}
    (select * from main.raw_{{ kind }} where ingested_at <= known_at::timestamp)
{%- endmacro %}


{% macro as_of_model(name) %}
    {{ return(graph.nodes.get('model.' ~ project_name ~ '.' ~ name)) }}
{% endmacro %}


{# Its configuration, and what stands above it, is not a part of the query. #}
{% macro query_of_model(name) %}
    {% set code = as_of_model(name).raw_code %}
    {{ return(modules.re.sub('(?s)^.*?(^|\\n)with\\n', 'with\\n', code, count=1)) }}
{% endmacro %}


{# An incremental model takes the rows no build has seen yet; here there is no build. #}
{% macro staging_as_of(kind) %}
    {% set raw_table = "{{ source('raw', 'raw_" ~ kind ~ "') }}" %}
    {% set new_rows = "\\{\\{ new_rows\\('raw_" ~ kind ~ "', .*\\) \\}\\}" %}
    {% set sql = query_of_model('stg_' ~ kind) | replace(raw_table, known_rows(kind)) %}
    {% set sql = modules.re.sub(new_rows, 'select * from ' ~ known_rows(kind), sql) %}
    {{ return(without_templates(sql, 'stg_' ~ kind)) }}
{% endmacro %}


{# A later model as it was known: its SQL over the functions that answer for what it reads. #}
{% macro later_as_of(model, functions) %}
    {% set sql = namespace(text=query_of_model(model)) %}
    {% for read, function in functions.items() %}
        {% set ref = "{{ ref('" ~ read ~ "') }}" %}
        {% set sql.text = sql.text | replace(ref, 'main.' ~ function ~ '(known_at)') %}
    {% endfor %}
    {{ return(without_templates(sql.text, model)) }}
{% endmacro %}


{#
    The models that name every symbol and every account. Only the described ones need the rules of
    staging; of the other tables they take no more than the names, for which the raw rows do.
#}
{% macro named_as_of(model, described) %}
    {% set sql = namespace(text=query_of_model(model)) %}
    {% for kind in as_of_kinds() %}
        {% set staged = "{{ ref('stg_" ~ kind ~ "') }}" %}
        {% set known = known_rows(kind) %}
        {% if kind == described %}{% set known = 'main.' ~ kind ~ '_as_of(known_at)' %}{% endif %}
        {% set sql.text = sql.text | replace(staged, known) %}
    {% endfor %}
    {% set aliases = 'stg_classification_aliases' %}
    {% set staged = "{{ ref('" ~ aliases ~ "') }}" %}
    {% set sql.text = sql.text | replace(staged, 'main_staging.' ~ aliases) %}
    {{ return(without_templates(sql.text, model)) }}
{% endmacro %}


{% macro without_templates(sql, model) %}
    {% set sql = namespace(text=sql) %}
    {% for name in modules.re.findall('\\{\\{ var\\("(\\w+)"\\) \\}\\}', sql.text) %}
        {% set sql.text = sql.text | replace('{{ var("' ~ name ~ '") }}', var(name)) %}
    {% endfor %}
    {% if '{{' in sql.text %}
        {% do exceptions.raise_compiler_error(
            model ~ ' reads something that dbt/macros/as_of does not know as it was known'
        ) %}
    {% endif %}
    {{ return(sql.text) }}
{% endmacro %}
