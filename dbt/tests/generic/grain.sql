{#
    Is one row what the model says it is? A returned row is a key that stands more than once, with
    how often.
#}
{% test grain(model, columns) %}

select
    {{ columns | join(', ') }},
    count(*) as row_count

from {{ model }}

group by {{ columns | join(', ') }}

having count(*) > 1

{% endtest %}
