with

symbols_booked as (

    select symbol
    from {{ ref('fact_trades') }}

    union

    select symbol
    from {{ ref('fact_transfers_booked') }}

),

names as (

    select
        'account' as record_type,
        account_id as record_id,
        is_registered,
        true as is_booked

    from {{ ref('dim_account') }}

    union all

    select
        'symbol' as record_type,
        symbols.symbol as record_id,
        symbols.is_registered,
        symbols_booked.symbol is not null as is_booked

    from {{ ref('dim_symbol') }} as symbols

    left join symbols_booked
        on symbols.symbol = symbols_booked.symbol

),

-- Where no account, or no instrument, is described, none is missing. The name that was meant is
-- most likely the one that is spelled most alike.
missing as (

    select
        names.record_type,
        names.record_id,
        arg_max(
            registered.record_id,
            row(
                jaro_winkler_similarity(upper(names.record_id), upper(registered.record_id)),
                registered.record_id
            )
        ) as nearest_name

    from names

    inner join names as registered
        on names.record_type = registered.record_type
        and names.is_booked
        and not names.is_registered
        and registered.is_registered

    group by names.record_type, names.record_id

),

exceptions as (

    select
        record_type,
        record_id,
        case record_type
            when 'account' then 'no row of accounts describes it'
            else 'no row of instruments describes it'
        end as reason,
        case when record_type = 'account' then record_id end as account_id,
        case when record_type = 'symbol' then record_id end as symbol,
        'the nearest known name is ' || nearest_name as detail,
        true as is_booked

    from missing

)

select * from exceptions
