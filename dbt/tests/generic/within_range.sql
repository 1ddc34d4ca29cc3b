{#
    Does the value lie where such a value can lie? A returned row lies outside; null lies nowhere.
#}
{% test within_range(model, column_name, minimum=none, maximum=none) %}

select *

from {{ model }}

where
    false
    {% if minimum is not none -%}
        or {{ column_name }} < {{ minimum }}
    {%- endif %}
    {% if maximum is not none -%}
        or {{ column_name }} > {{ maximum }}
    {%- endif %}

{% endtest %}
