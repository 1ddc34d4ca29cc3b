{{ config(materialized='incremental') }}

with

scopes_changed as (

    select
        scope_type,
        scope_id,
        first_changed_date

    from {{ ref('int_scopes_changed') }}

),

tails as (

    select
        tails.scope_type,
        tails.scope_id,
        tails.value_date,
        tails.method,
        tails.tail_status,
        tails.observation_count,
        tails.worst_losses,
        tails.amount_per_loss,
        tails.pct_per_loss,
        tails.proxied_pct,
        tails.is_riskless

    from {{ ref('tail_losses') }} as tails

    inner join scopes_changed
        on tails.scope_type = scopes_changed.scope_type
        and tails.scope_id = scopes_changed.scope_id
        and tails.value_date >= scopes_changed.first_changed_date

),

-- Tails in whole basis points: 1 - 0.95 is not 0.05 in doubles, and rounding up would show it.
confidences as (

    select
        unnest({{ var('confidence_levels') }})::double as confidence_pct,
        (10000 - 100 * confidence_pct)::integer as tail_basis_points

),

counted as (

    select
        tails.*,
        confidences.confidence_pct,
        tails.observation_count * confidences.tail_basis_points / 10000 as tail_count,
        tails.observation_count * confidences.tail_basis_points // 10000 as whole_tail_count,
        (tails.observation_count * confidences.tail_basis_points + 9999) // 10000 as order_index,
        tails.tail_status in ('insufficient_history', 'short_history', 'constant') as is_unknown

    from tails

    cross join confidences

),

-- VaR is the k-th worst loss; ES weighs the losses beyond it, the last one by its fraction
-- (Rockafellar and Uryasev). A list that does not reach the k-th loss gives no number.
estimated as (

    select
        *,
        case
            when is_riskless then 0::double
            when not is_unknown then worst_losses[order_index]
        end as var_loss,
        case
            when is_riskless then 0::double
            when not is_unknown and len(worst_losses) >= order_index
                then (
                    {{ list_slice_sum('worst_losses', 'whole_tail_count') }}
                    + case
                        when tail_count = whole_tail_count then 0::double
                        else (tail_count - whole_tail_count) * worst_losses[whole_tail_count + 1]
                    end
                ) / tail_count
        end as es_loss

    from counted

),

risks as (

    select
        ---------- grain
        scope_type,
        scope_id,
        value_date,
        method,
        confidence_pct,
        1::integer as horizon_days,

        ---------- attributes
        {{ var('var_window') }}::integer as window_days,
        case
            when tail_status in ('ok', 'short_window') and tail_count < 1 then 'thin_tail'
            else tail_status
        end as status,

        ---------- measures
        observation_count,
        tail_count,
        order_index::integer as order_index,
        proxied_pct,
        var_loss * case when is_riskless then 1::double else amount_per_loss end as var_amount,
        es_loss * case when is_riskless then 1::double else amount_per_loss end as es_amount,
        var_loss * pct_per_loss as var_pct,
        es_loss * pct_per_loss as es_pct

    from estimated

)

select * from risks
