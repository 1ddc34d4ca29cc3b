{#
    A warehouse rebuilt in place as known at some moment would be taken for the present one. The
    command builds such a state into another file, from only the raw rows known by then.
#}
{% macro refuse_known_at() %}
    {% if execute and var('known_at', none) is not none %}
        {% do exceptions.raise_compiler_error(
            'known_at is not for this database: warehouse build --known-at T --into FILE'
        ) %}
    {% endif %}
{% endmacro %}
