-- A returned row is a tail whose list of losses is too short for the confidences served: the window
-- and the length of the list do not fit together.
select
    scope_type,
    scope_id,
    value_date,
    method,
    observation_count,
    len(worst_losses) as losses_kept

from {{ ref('tail_losses') }}

where
    tail_status in ('ok', 'short_window', 'no_capital')
    and not is_riskless
    and len(worst_losses) < (observation_count * 500 + 9999) // 10000
