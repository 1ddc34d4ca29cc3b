{#
    Of all that made the tables: code, kernels, reference data, settings and the variables of this
    call. Other ones make all of them anew. dbt works in the folder of its project.
#}
{% macro build_fingerprint() %}
    {{ return(adapter.dispatch('build_fingerprint')()) }}
{% endmacro %}


{% macro duckdb__build_fingerprint() %}
    {% set files = run_query("
        select md5(string_agg(filename || content, '' order by filename))
        from read_text([
            'dbt_project.yml', 'models/**/*.sql', 'models/**/*.py', 'macros/**/*.sql',
            'kernels/**/*.py', 'seeds/**/*.csv'
        ])
    ").rows[0][0] %}
    {{ return(local_md5(files ~ invocation_args_dict.get('vars'))) }}
{% endmacro %}
