with

-- A rule leaves out the columns that its records do not have.
exceptions as (

    select * from {{ ref('exception_action_before_history') }}

    union all by name

    select * from {{ ref('exception_action_too_large') }}

    union all by name

    select * from {{ ref('exception_amendment_without_original') }}

    union all by name

    select * from {{ ref('exception_amount_without_rate') }}

    union all by name

    select * from {{ ref('exception_currency_mismatch') }}

    union all by name

    select * from {{ ref('exception_missing_reference_data') }}

    union all by name

    select * from {{ ref('exception_new_symbol_changes_same_day') }}

    union all by name

    select * from {{ ref('exception_new_symbol_without_price') }}

    union all by name

    select * from {{ ref('exception_off_market_price') }}

    union all by name

    select * from {{ ref('exception_payment_without_rate') }}

    union all by name

    select * from {{ ref('exception_rejected_corporate_action') }}

    union all by name

    select * from {{ ref('exception_stale_position') }}

    union all by name

    select * from {{ ref('exception_transfer_exceeds_holding') }}

    union all by name

    select * from {{ ref('exception_transfer_without_cost') }}

    union all by name

    select * from {{ ref('exception_unmatched_cash_in_lieu') }}

    union all by name

    select * from {{ ref('exception_unpaired_conversion_leg') }}

    union all by name

    select * from {{ ref('exception_unpaired_transfer_leg') }}

),

booking_exceptions as (

    select
        ---------- grain
        record_type,
        record_id,
        reason,
        account_id,

        ---------- ids
        symbol,

        ---------- attributes
        event_date,
        detail,

        ---------- flags
        is_booked

    from exceptions

)

select * from booking_exceptions
