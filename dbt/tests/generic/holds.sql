{#
    Is the sentence true of every row? A returned row is one of which it is false or unknown. `where`
    narrows the rows it speaks of.
#}
{% test holds(model, sentence, column_name=none) %}

select *

from {{ model }}

where not coalesce({{ sentence }}, false)

{% endtest %}
