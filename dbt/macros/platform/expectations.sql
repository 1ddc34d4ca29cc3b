{#
    The parts of the generic test `expectations`: what its yml says, as rules, and the queries that
    look for rows that break them. Each query gives rule, column_name, row_key and found.
#}
{# The rules that the columns' meta states: a list of name, column and SQL that must be true. #}
{% macro column_rules(model) %}
    {% set rules = [] %}
    {% if execute %}
        {% for name, column in columns_of(model).items() %}
            {% if column.meta.required %}
                {% do rules.append({
                    'name': 'required', 'column': name, 'sentence': name ~ ' is not null'
                }) %}
            {% endif %}
            {% for bound, comparison in {'minimum': '>=', 'maximum': '<='}.items() %}
                {% if bound in column.meta %}
                    {% set sentence = name ~ ' ' ~ comparison ~ ' ' ~ column.meta[bound] %}
                    {% do rules.append({
                        'name': bound ~ ' ' ~ column.meta[bound],
                        'column': name,
                        'sentence': name ~ ' is null or ' ~ sentence,
                    }) %}
                {% endif %}
            {% endfor %}
            {% if 'values' in column.meta %}
                {% set accepted = [] %}
                {% for value in column.meta['values'] %}
                    {% do accepted.append(value if value is number else "'" ~ value ~ "'") %}
                {% endfor %}
                {% do rules.append({
                    'name': 'accepted values',
                    'column': name,
                    'sentence': name ~ ' is null or ' ~ name ~ ' in (' ~ accepted | join(', ') ~ ')',
                }) %}
            {% endif %}
        {% endfor %}
    {% endif %}
    {{ return(rules) }}
{% endmacro %}


{% macro columns_of(model) %}
    {{ return(graph.nodes['model.' ~ project_name ~ '.' ~ model.identifier].columns) }}
{% endmacro %}


{# A rule with a `where` says something of those rows alone. #}
{% macro named_rules(rules) %}
    {% set named = [] %}
    {% for name, rule in rules.items() %}
        {% if rule is mapping %}
            {% set sentence = 'not coalesce(' ~ rule.where ~ ', false) or (' ~ rule.holds ~ ')' %}
        {% else %}
            {% set sentence = rule %}
        {% endif %}
        {% do named.append({'name': name, 'column': none, 'sentence': sentence}) %}
    {% endfor %}
    {{ return(named) }}
{% endmacro %}


{# The grain, and each column that is unique by itself. #}
{% macro unique_keys(model, grain) %}
    {% set keys = [grain] if grain else [] %}
    {% if execute %}
        {% for name, column in columns_of(model).items() if column.meta.unique %}
            {% do keys.append([name]) %}
        {% endfor %}
    {% endif %}
    {{ return(keys) }}
{% endmacro %}


{% macro rows_that_break(model, rules, grain) %}
    (
        select
            broken.rule,
            broken.column_name,
            {{ row_key(grain) }} as row_key,
            broken.found
        from (
            select
                *,
                unnest([
                    {% for rule in rules %}
                    case when not coalesce({{ rule.sentence }}, false) then {
                        'rule': '{{ rule.name }}',
                        'column_name': {{ "'" ~ rule.column ~ "'" if rule.column else 'null' }},
                        'found': {{ rule.column ~ '::varchar' if rule.column else 'null' }}
                    } end
                    {{- ',' if not loop.last }}
                    {% endfor %}
                ]) as broken
            from {{ model }}
            where not (
                {% for rule in rules %}
                coalesce({{ rule.sentence }}, false)
                {{- ' and' if not loop.last }}
                {% endfor %}
            )
        )
        where broken is not null
    )
{% endmacro %}


{% macro duplicate_keys(model, grain) %}
    (
        select
            'grain' as rule,
            '{{ grain | join(', ') }}' as column_name,
            {{ row_key(grain) }} as row_key,
            count(*) || ' rows' as found
        from {{ model }}
        group by {{ grain | join(', ') }}
        having count(*) > 1
    )
{% endmacro %}


{% macro orphans(model, column, reference, grain) %}
    {% set is_plain = reference.identifier is defined %}
    {% set parent = reference if is_plain else reference.to %}
    {% set field = column if is_plain else reference.field or column %}
    (
        select
            'known to {{ parent.identifier }}' as rule,
            '{{ column }}' as column_name,
            {{ row_key(grain) }} as row_key,
            {{ column }}::varchar as found
        from {{ model }}
        where {{ column }} is not null
            and {{ 'true' if is_plain or not reference.where else reference.where }}
            and {{ column }} not in (select {{ field }} from {{ parent }} where {{ field }} is not null)
    )
{% endmacro %}


{# What tells one row from the others, for the person who looks for it. #}
{% macro row_key(grain) %}
    {%- if grain -%}
        concat_ws(' ', {% for column in grain %}coalesce({{ column }}::varchar, 'null'){{ ', ' if not loop.last }}{% endfor %})
    {%- else -%}
        null
    {%- endif -%}
{% endmacro %}
