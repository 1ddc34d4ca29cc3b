{#
    dbt writes the name of the database file into every view. A published copy lives under another
    path, so relations are named without it: schema and table are enough in one file.
#}
{% macro ref() -%}
    {{ return(builtins.ref(*varargs, **kwargs).include(database=false)) }}
{%- endmacro %}


{% macro source() -%}
    {{ return(builtins.source(*varargs, **kwargs).include(database=false)) }}
{%- endmacro %}
