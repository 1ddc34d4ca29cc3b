{# The code, reference data and variables that made the tables: others make all of them anew. #}
{% macro build_fingerprint() %}
    {% set parts = [project_name] %}
    {% for name in [
        'firm_currency', 'cost_methods', 'volatility_window', 'ratio_minimum', 'var_window',
        'var_minimum', 'stale_days_limit', 'var_tail'
    ] %}
        {% do parts.append(name ~ var(name)) %}
    {% endfor %}
    {% for node in graph.nodes.values() | sort(attribute='unique_id') %}
        {% if node.resource_type in ('model', 'seed') %}
            {% do parts.append(node.unique_id ~ node.checksum.checksum) %}
        {% endif %}
    {% endfor %}
    {{ return(local_md5(parts | join(' '))) }}
{% endmacro %}
