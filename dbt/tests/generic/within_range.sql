{#
    Does the value lie where such a value can lie? A returned row lies outside; null lies nowhere.
#}
{% test within_range(model, column_name, minimum=none, maximum=none) %}

select *

from {{ model }}

where
    {{ column_name }} < {{ column_name if minimum is none else minimum }}
    or {{ column_name }} > {{ column_name if maximum is none else maximum }}

{% endtest %}
