{#
    All rows of a raw table about things with a new row, of a batch that the last green build did not have:
    also the states that a new one replaces, since what they said may end with it.
#}
{% macro new_rows(table, keys) -%}
    {%- set same_thing = [] -%}
    {%- for key in keys -%}
        {%- do same_thing.append('received.' ~ key ~ ' = new_rows.' ~ key) -%}
    {%- endfor -%}
    select received.*
    from {{ source('raw', table) }} as received

    semi join (
        select *
        from {{ source('raw', table) }}

        where batch_id not in (
            select built.batch_id
            from {{ source('platform', 'built_batches') }} as built

            where built.table_name = '{{ table }}'
        )
    ) as new_rows
        on {{ same_thing | join(' and ') }}
{%- endmacro %}
