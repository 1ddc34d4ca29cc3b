-- A returned row is a corporate action. This version does not apply them, and a book across an
-- unapplied split is wrong, so such books must not be published.
select
    symbol,
    ex_date,
    type,
    version

from {{ source('raw', 'raw_corporate_actions') }}
