with

splits as (

    select
        symbol,
        ex_date,
        new_shares::double / old_shares as split_ratio

    from {{ ref('int_corporate_actions_validated') }}

    where
        type = 'SPLIT'
        and rejection_reason is null

),

symbols as (

    select
        symbol,
        calendar

    from {{ ref('int_symbols_named') }}

),

calendar_dates as (

    select
        calendar,
        date,
        last_open_date

    from {{ ref('int_calendar_dates') }}

),

-- Until its market opens again a symbol has the close of its last open day, from before the split.
since_last_close as (

    select
        ---------- grain
        splits.symbol,
        calendar_dates.date,

        ---------- measures
        {{ product('splits.split_ratio', order_by='splits.split_ratio') }} as split_ratio

    from splits

    inner join symbols
        on splits.symbol = symbols.symbol

    inner join calendar_dates
        on symbols.calendar = calendar_dates.calendar
        and splits.ex_date <= calendar_dates.date
        and splits.ex_date > calendar_dates.last_open_date

    group by splits.symbol, calendar_dates.date

)

select * from since_last_close
