{#
    Is this cash event one leg of a transfer whose other leg undoes it? The window holds the events of
    one transfer, currency and day within the book one looks at. Legs on different days, or of different
    amounts, do not cancel: the money in between is in neither account, so both stay flows.
#}
{% macro is_cancelled_leg(transfer_id, type, amount, same_transfer) -%}
    (
        {{ transfer_id }} is not null
        and {{ type }} in ('TRANSFER_IN', 'TRANSFER_OUT')
        and count(*) over {{ same_transfer }} > 1
        and sum({{ amount }}) over {{ same_transfer }} = 0
    )
{%- endmacro %}
