{#
    Table functions that answer, from the raw rows alone, what was known at any moment. They are
    kept in the file and in its published copies, so that any SQL client can call them; they are
    written without the name of the database for the reason given in platform/relations.sql.

    DuckDB binds a function when it is created: what it reads must be there. So each comes after
    those it calls, and none is made before the calendar has been built once. The last one carries
    the fingerprint of the code in its comment: the same code need not make them again.
#}
{% macro create_as_of_functions() %}
    {% set made_of = 'made of ' ~ build_fingerprint() if execute else '' %}
    {% if execute and can_create_as_of_functions() and not has_as_of_functions(made_of) %}
        {% for kind in as_of_kinds() %}
            {% do create_as_of_function(kind ~ '_as_of(known_at)', staging_as_of(kind)) %}
        {% endfor %}
        {% do create_as_of_function(
            'named_symbols_as_of(known_at)', named_as_of('int_symbols_named', 'instruments')
        ) %}
        {% do create_as_of_function(
            'named_accounts_as_of(known_at)', named_as_of('int_accounts_named', 'accounts')
        ) %}
        {% do create_as_of_function('trades_between(known_from, known_to)', trades_between()) %}
        {% do create_as_of_function(
            'cash_events_between(known_from, known_to)', cash_events_between()
        ) %}
        {% do create_as_of_function(
            'corporate_actions_between(known_from, known_to)', corporate_actions_between()
        ) %}
        {% do create_as_of_function(
            'dated_prices_as_of(prices_known_at, symbols_known_at)', dated_prices_as_of()
        ) %}
        {% do create_as_of_function(
            'transfers_dated_as_of(known_at)', transfers_dated_as_of()
        ) %}
        {% do create_as_of_function(
            'actions_judged_as_of(known_at)',
            later_as_of('int_corporate_actions_validated', {
                'stg_corporate_actions': 'corporate_actions_as_of',
                'int_symbols_named': 'named_symbols_as_of',
            })
        ) %}
        {% do create_as_of_function(
            'transfers_paired_as_of(known_at)',
            later_as_of('int_security_transfers_paired', {
                'int_security_transfers_dated': 'transfers_dated_as_of',
                'int_corporate_actions_validated': 'actions_judged_as_of',
            })
        ) %}
        {% do create_as_of_function(
            'transfers_priced_as_of(known_at)', transfers_priced_as_of()
        ) %}
        {% do create_as_of_function(
            'transfers_between(known_from, known_to)', transfers_between()
        ) %}
        {% do create_as_of_function('symbols_between(known_from, known_to)', symbols_between()) %}
        {% do create_as_of_function(
            'valuation_days_as_of(value_date, known_at)', valuation_days_as_of()
        ) %}
        {% do create_as_of_function(
            'closes_as_of(value_date, prices_known_at, symbols_known_at)', closes_as_of()
        ) %}
        {% do create_as_of_function(
            'fx_pairs_between(value_date, known_from, known_to)', fx_pairs_between()
        ) %}
        {% do create_as_of_function(
            'fx_rates_between(value_date, known_from, known_to)', fx_rates_between()
        ) %}
        {% do create_as_of_function(
            'accounts_between(value_date, known_from, known_to)', accounts_between()
        ) %}
        {% do create_as_of_function(
            'ledger_between(value_date, known_from, known_to)', ledger_between()
        ) %}
        {% do create_as_of_function('holdings_as_of(value_date, known_at)', holdings_as_of()) %}
        {% do create_as_of_function('positions_as_of(value_date, known_at)', positions_as_of()) %}
        {% do create_as_of_function(
            'account_values_as_of(value_date, known_at)', account_values_as_of()
        ) %}
        {% do create_as_of_function(
            'portfolio_value_as_of(value_date, known_at)', portfolio_value_as_of()
        ) %}
        {% do create_as_of_function(
            'restatement_explain(value_date, known_from, known_to)', restatement_explain()
        ) %}
        {% do run_query(
            "comment on macro table main.restatement_explain is '" ~ made_of ~ "'"
        ) %}
    {% endif %}
{% endmacro %}


{% macro create_as_of_function(signature, body) %}
    {% do run_query('create or replace macro main.' ~ signature ~ ' as table ' ~ body) %}
{% endmacro %}


{% macro can_create_as_of_functions() %}
    {% set calendars = run_query(
        "select 1 from information_schema.columns"
        " where table_schema = 'main_intermediate' and table_name = 'int_calendar_dates'"
        " and column_name = 'begins_at'"
    ) %}
    {{ return(calendars.rows | length > 0 and as_of_model('stg_trades') is not none) }}
{% endmacro %}


{% macro has_as_of_functions(made_of) %}
    {{ return(run_query(
        "select exists(from duckdb_functions() where schema_name = 'main'"
        " and function_name = 'restatement_explain' and comment = '" ~ made_of ~ "')"
    ).rows[0][0]) }}
{% endmacro %}
