{#
    The incremental strategy of this project: the rows that changed are deleted, and what the model
    makes of them now is inserted, in one transaction. Set once, in dbt_project.yml.

    `meta.changed_by` of a model or its folder names the models of intermediate/changes that say what
    changed, each with a condition on the rows that change by it (none: all rows). Their own meta
    names their keys (`changed_keys`), and the date of a row that their first_changed_date bounds, if
    not all rows of a key change (`changed_from`).
#}
{% macro get_incremental_delete_changed_rows_sql(arguments) %}
    {% set target = arguments.target_relation.include(database=false) %}
    {% set columns = arguments.dest_columns | map(attribute='quoted') | join(', ') %}
    {% for changes, condition in config.get('meta').changed_by.items() %}
        {{ delete_changed_rows(target, changes, condition) }};
    {% endfor %}
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arguments.temp_relation }}
{% endmacro %}


{% macro delete_changed_rows(target, changes, condition) %}
    {% set meta = graph.nodes['model.' ~ project_name ~ '.' ~ changes].config.meta %}
    {% set conditions = [] %}
    {% for key in meta.changed_keys %}
        {% do conditions.append('present.' ~ key ~ ' = changed.' ~ key) %}
    {% endfor %}
    {% if meta.changed_from %}
        {% do conditions.append('present.' ~ meta.changed_from ~ ' >= changed.first_changed_date') %}
    {% endif %}
    {% if condition %}
        {% do conditions.append('present.' ~ condition) %}
    {% endif %}
    delete from {{ target }} as present
    using {{ ref(changes) }} as changed
    where {{ conditions | join(' and ') }}
{% endmacro %}
