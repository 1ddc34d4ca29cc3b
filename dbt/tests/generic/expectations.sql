{#
    Everything that is expected of the rows of one model, in one test: one scan for all rules of a
    row, one group by for the grain, one anti join a reference. A returned row names the rule that is
    broken, the column, the key of the row and the value.

    grain: the columns of which no two rows have the same values.
    references: for a column, the model that must know each of its values: `ref('dim_symbol')`, or
        `{to: ref('dim_symbol'), field: symbol, where: "symbol not like 'CASH:%'"}`.
    rules: sentences by name, in SQL, that are true of every row; unknown is not true.

    What a single column can be stands in its `meta`: `required: true` (of a view or a table without
    a contract; elsewhere the contract says not_null), `unique: true`, `minimum`, `maximum` (a number
    or SQL) and `values`. Null lies in every range and is any value.
#}
{% test expectations(model, grain=[], references={}, rules={}) %}

{% set failures = [] %}
{% set row_rules = column_rules(model) + named_rules(rules) %}
{% if row_rules %}{% do failures.append(rows_that_break(model, row_rules, grain)) %}{% endif %}
{% for key in unique_keys(model, grain) %}
    {% do failures.append(duplicate_keys(model, key)) %}
{% endfor %}
{% for column, reference in references.items() %}
    {% do failures.append(orphans(model, column, reference, grain)) %}
{% endfor %}

{% if execute %}{{ failures | join('\nunion all\n') }}{% endif %}

{% endtest %}
