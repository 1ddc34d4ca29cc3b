-- A returned row is a day on which the firm's simulated ES exceeds the sum of its accounts', though
-- all of them were simulated over the same scenarios and are in its currency (law 10).
with

risks as (

    select
        scope_type,
        scope_id,
        value_date,
        confidence_pct,
        observation_count,
        es_amount

    from {{ ref('value_at_risk') }}

    where method = 'historical_simulation'

),

accounts as (

    select
        value_date,
        confidence_pct,
        sum(es_amount) as es_amount,
        count(*) as account_count,
        count(es_amount) as known_count,
        min(observation_count) filter (where es_amount <> 0) as least_count,
        max(observation_count) filter (where es_amount <> 0) as most_count

    from risks

    where scope_type = 'account'

    group by value_date, confidence_pct

),

account_values as (

    select
        value_date,
        sum(gross_cash_balance + gross_positions_value) as gross_value

    from {{ ref('fact_portfolio_value_daily') }}

    group by value_date

)

select
    firm.value_date,
    firm.confidence_pct,
    firm.es_amount,
    accounts.es_amount as accounts_es_amount

from risks as firm

inner join accounts
    on firm.value_date = accounts.value_date
    and firm.confidence_pct = accounts.confidence_pct

inner join account_values
    on firm.value_date = account_values.value_date

inner join {{ ref('dim_scope') }} as dim_scope
    on dim_scope.scope_type = 'firm'
    -- Every account of the firm has a figure that day.
    and accounts.known_count = dim_scope.account_count

anti join {{ ref('dim_account') }} as dim_account
    on dim_scope.currency <> dim_account.base_currency

where
    firm.scope_type = 'firm'
    and accounts.least_count = firm.observation_count
    and accounts.most_count = firm.observation_count
    and firm.es_amount > accounts.es_amount + {{ cent('account_values.gross_value') }}
