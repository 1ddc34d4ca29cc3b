{#
    Takes the rows that changed out of an incremental model, before they come in as they are now.

    changes: a model that holds, for each of the keys, the first date that changed;
    keys: its columns; date: the model's column that the date bounds, if not all dates changed;
    only: a condition on the model's rows, if not all of them change by that.
#}
{% macro forget_changed(changes, keys, date=none, only=none) %}
    {% set changed = ref(changes) %}
    {% if execute and load_relation(this) is not none and not should_full_refresh() %}
        {% set conditions = [] %}
        {% for key in keys %}
            {% do conditions.append('old.' ~ key ~ ' = changed.' ~ key) %}
        {% endfor %}
        {% if date %}
            {% do conditions.append('old.' ~ date ~ ' >= changed.first_changed_date') %}
        {% endif %}
        {% if only %}
            {% do conditions.append('old.' ~ only) %}
        {% endif %}
        delete from {{ this.include(database=false) }} as old
        using {{ changed }} as changed
        where {{ conditions | join(' and ') }}
    {% endif %}
{% endmacro %}
