{#
    Creates the raw tables, and the columns that an older warehouse lacks.
    Generated from the records:
        python -m producer.records > dbt/macros/platform/create_raw_tables.sql
#}
{% macro create_raw_tables() %}
    {% if execute %}
        {% call statement() %}
            create table if not exists main.raw_trades (
                "trade_id" varchar not null,
                "account_id" varchar,
                "symbol" varchar,
                "side" varchar,
                "quantity" decimal(28,8),
                "price" decimal(28,10),
                "fees" decimal(28,8),
                "currency" varchar,
                "executed_at" timestamp,
                "counterparty_id" varchar,
                "event_id" varchar,
                "event_type" varchar not null,
                "version" integer not null,
                "ingested_at" timestamp not null,
                "batch_id" varchar not null,
                "source_row" bigint not null
            );
            alter table main.raw_trades add column if not exists "trade_id" varchar;
            alter table main.raw_trades add column if not exists "account_id" varchar;
            alter table main.raw_trades add column if not exists "symbol" varchar;
            alter table main.raw_trades add column if not exists "side" varchar;
            alter table main.raw_trades add column if not exists "quantity" decimal(28,8);
            alter table main.raw_trades add column if not exists "price" decimal(28,10);
            alter table main.raw_trades add column if not exists "fees" decimal(28,8) default '0';
            alter table main.raw_trades add column if not exists "currency" varchar;
            alter table main.raw_trades add column if not exists "executed_at" timestamp;
            alter table main.raw_trades add column if not exists "counterparty_id" varchar;
            alter table main.raw_trades add column if not exists "event_id" varchar;
            alter table main.raw_trades add column if not exists "event_type" varchar default 'NEW';
            alter table main.raw_trades add column if not exists "version" integer default '1';
            alter table main.raw_trades add column if not exists "ingested_at" timestamp;
            alter table main.raw_trades add column if not exists "batch_id" varchar;
            alter table main.raw_trades add column if not exists "source_row" bigint;
        {% endcall %}
        {% call statement() %}
            create table if not exists main.raw_cash_events (
                "event_id" varchar not null,
                "account_id" varchar,
                "amount" decimal(28,8),
                "type" varchar,
                "timestamp" timestamp,
                "currency" varchar,
                "transfer_id" varchar,
                "symbol" varchar,
                "description" varchar,
                "event_version" varchar,
                "event_type" varchar not null,
                "version" integer not null,
                "ingested_at" timestamp not null,
                "batch_id" varchar not null,
                "source_row" bigint not null
            );
            alter table main.raw_cash_events add column if not exists "event_id" varchar;
            alter table main.raw_cash_events add column if not exists "account_id" varchar;
            alter table main.raw_cash_events add column if not exists "amount" decimal(28,8);
            alter table main.raw_cash_events add column if not exists "type" varchar;
            alter table main.raw_cash_events add column if not exists "timestamp" timestamp;
            alter table main.raw_cash_events add column if not exists "currency" varchar;
            alter table main.raw_cash_events add column if not exists "transfer_id" varchar;
            alter table main.raw_cash_events add column if not exists "symbol" varchar;
            alter table main.raw_cash_events add column if not exists "description" varchar;
            alter table main.raw_cash_events add column if not exists "event_version" varchar;
            alter table main.raw_cash_events add column if not exists "event_type" varchar default 'NEW';
            alter table main.raw_cash_events add column if not exists "version" integer default '1';
            alter table main.raw_cash_events add column if not exists "ingested_at" timestamp;
            alter table main.raw_cash_events add column if not exists "batch_id" varchar;
            alter table main.raw_cash_events add column if not exists "source_row" bigint;
        {% endcall %}
        {% call statement() %}
            create table if not exists main.raw_prices (
                "symbol" varchar not null,
                "date" date,
                "timestamp" timestamp,
                "close" decimal(28,10),
                "open" decimal(28,10),
                "high" decimal(28,10),
                "low" decimal(28,10),
                "volume" decimal(28,8),
                "bid" decimal(28,10),
                "ask" decimal(28,10),
                "currency" varchar,
                "event_type" varchar not null,
                "version" integer not null,
                "ingested_at" timestamp not null,
                "batch_id" varchar not null,
                "source_row" bigint not null
            );
            alter table main.raw_prices add column if not exists "symbol" varchar;
            alter table main.raw_prices add column if not exists "date" date;
            alter table main.raw_prices add column if not exists "timestamp" timestamp;
            alter table main.raw_prices add column if not exists "close" decimal(28,10);
            alter table main.raw_prices add column if not exists "open" decimal(28,10);
            alter table main.raw_prices add column if not exists "high" decimal(28,10);
            alter table main.raw_prices add column if not exists "low" decimal(28,10);
            alter table main.raw_prices add column if not exists "volume" decimal(28,8);
            alter table main.raw_prices add column if not exists "bid" decimal(28,10);
            alter table main.raw_prices add column if not exists "ask" decimal(28,10);
            alter table main.raw_prices add column if not exists "currency" varchar;
            alter table main.raw_prices add column if not exists "event_type" varchar default 'NEW';
            alter table main.raw_prices add column if not exists "version" integer default '1';
            alter table main.raw_prices add column if not exists "ingested_at" timestamp;
            alter table main.raw_prices add column if not exists "batch_id" varchar;
            alter table main.raw_prices add column if not exists "source_row" bigint;
        {% endcall %}
        {% call statement() %}
            create table if not exists main.raw_instruments (
                "symbol" varchar not null,
                "name" varchar,
                "asset_class" varchar,
                "sector" varchar,
                "currency" varchar,
                "calendar" varchar,
                "lot_size" decimal(28,8),
                "average_daily_volume" decimal(28,8),
                "multiplier" decimal(28,8),
                "proxy_symbol" varchar,
                "event_type" varchar not null,
                "version" integer not null,
                "ingested_at" timestamp not null,
                "batch_id" varchar not null,
                "source_row" bigint not null
            );
            alter table main.raw_instruments add column if not exists "symbol" varchar;
            alter table main.raw_instruments add column if not exists "name" varchar;
            alter table main.raw_instruments add column if not exists "asset_class" varchar;
            alter table main.raw_instruments add column if not exists "sector" varchar;
            alter table main.raw_instruments add column if not exists "currency" varchar;
            alter table main.raw_instruments add column if not exists "calendar" varchar;
            alter table main.raw_instruments add column if not exists "lot_size" decimal(28,8);
            alter table main.raw_instruments add column if not exists "average_daily_volume" decimal(28,8);
            alter table main.raw_instruments add column if not exists "multiplier" decimal(28,8);
            alter table main.raw_instruments add column if not exists "proxy_symbol" varchar;
            alter table main.raw_instruments add column if not exists "event_type" varchar default 'NEW';
            alter table main.raw_instruments add column if not exists "version" integer default '1';
            alter table main.raw_instruments add column if not exists "ingested_at" timestamp;
            alter table main.raw_instruments add column if not exists "batch_id" varchar;
            alter table main.raw_instruments add column if not exists "source_row" bigint;
        {% endcall %}
        {% call statement() %}
            create table if not exists main.raw_corporate_actions (
                "symbol" varchar not null,
                "ex_date" date not null,
                "type" varchar not null,
                "action_id" varchar,
                "ratio" varchar,
                "amount" decimal(28,8),
                "new_symbol" varchar,
                "cost_fraction" decimal(28,8),
                "currency" varchar,
                "event_type" varchar not null,
                "version" integer not null,
                "ingested_at" timestamp not null,
                "batch_id" varchar not null,
                "source_row" bigint not null
            );
            alter table main.raw_corporate_actions add column if not exists "symbol" varchar;
            alter table main.raw_corporate_actions add column if not exists "ex_date" date;
            alter table main.raw_corporate_actions add column if not exists "type" varchar;
            alter table main.raw_corporate_actions add column if not exists "action_id" varchar default '';
            alter table main.raw_corporate_actions add column if not exists "ratio" varchar;
            alter table main.raw_corporate_actions add column if not exists "amount" decimal(28,8);
            alter table main.raw_corporate_actions add column if not exists "new_symbol" varchar;
            alter table main.raw_corporate_actions add column if not exists "cost_fraction" decimal(28,8);
            alter table main.raw_corporate_actions add column if not exists "currency" varchar;
            alter table main.raw_corporate_actions add column if not exists "event_type" varchar default 'NEW';
            alter table main.raw_corporate_actions add column if not exists "version" integer default '1';
            alter table main.raw_corporate_actions add column if not exists "ingested_at" timestamp;
            alter table main.raw_corporate_actions add column if not exists "batch_id" varchar;
            alter table main.raw_corporate_actions add column if not exists "source_row" bigint;
        {% endcall %}
        {% call statement() %}
            create table if not exists main.raw_security_transfers (
                "event_id" varchar not null,
                "account_id" varchar,
                "symbol" varchar,
                "direction" varchar,
                "quantity" decimal(28,8),
                "timestamp" timestamp,
                "transfer_id" varchar,
                "cost_per_share" decimal(28,10),
                "acquired_at" timestamp,
                "event_type" varchar not null,
                "version" integer not null,
                "ingested_at" timestamp not null,
                "batch_id" varchar not null,
                "source_row" bigint not null
            );
            alter table main.raw_security_transfers add column if not exists "event_id" varchar;
            alter table main.raw_security_transfers add column if not exists "account_id" varchar;
            alter table main.raw_security_transfers add column if not exists "symbol" varchar;
            alter table main.raw_security_transfers add column if not exists "direction" varchar;
            alter table main.raw_security_transfers add column if not exists "quantity" decimal(28,8);
            alter table main.raw_security_transfers add column if not exists "timestamp" timestamp;
            alter table main.raw_security_transfers add column if not exists "transfer_id" varchar;
            alter table main.raw_security_transfers add column if not exists "cost_per_share" decimal(28,10);
            alter table main.raw_security_transfers add column if not exists "acquired_at" timestamp;
            alter table main.raw_security_transfers add column if not exists "event_type" varchar default 'NEW';
            alter table main.raw_security_transfers add column if not exists "version" integer default '1';
            alter table main.raw_security_transfers add column if not exists "ingested_at" timestamp;
            alter table main.raw_security_transfers add column if not exists "batch_id" varchar;
            alter table main.raw_security_transfers add column if not exists "source_row" bigint;
        {% endcall %}
        {% call statement() %}
            create table if not exists main.raw_fx_rates (
                "date" date not null,
                "base_currency" varchar not null,
                "quote_currency" varchar not null,
                "rate" decimal(28,10),
                "event_type" varchar not null,
                "version" integer not null,
                "ingested_at" timestamp not null,
                "batch_id" varchar not null,
                "source_row" bigint not null
            );
            alter table main.raw_fx_rates add column if not exists "date" date;
            alter table main.raw_fx_rates add column if not exists "base_currency" varchar;
            alter table main.raw_fx_rates add column if not exists "quote_currency" varchar;
            alter table main.raw_fx_rates add column if not exists "rate" decimal(28,10);
            alter table main.raw_fx_rates add column if not exists "event_type" varchar default 'NEW';
            alter table main.raw_fx_rates add column if not exists "version" integer default '1';
            alter table main.raw_fx_rates add column if not exists "ingested_at" timestamp;
            alter table main.raw_fx_rates add column if not exists "batch_id" varchar;
            alter table main.raw_fx_rates add column if not exists "source_row" bigint;
        {% endcall %}
        {% call statement() %}
            create table if not exists main.raw_accounts (
                "account_id" varchar not null,
                "name" varchar,
                "desk" varchar,
                "owner" varchar,
                "base_currency" varchar,
                "calendar" varchar,
                "benchmark_symbol" varchar,
                "opened_at" date,
                "event_type" varchar not null,
                "version" integer not null,
                "ingested_at" timestamp not null,
                "batch_id" varchar not null,
                "source_row" bigint not null
            );
            alter table main.raw_accounts add column if not exists "account_id" varchar;
            alter table main.raw_accounts add column if not exists "name" varchar;
            alter table main.raw_accounts add column if not exists "desk" varchar;
            alter table main.raw_accounts add column if not exists "owner" varchar;
            alter table main.raw_accounts add column if not exists "base_currency" varchar;
            alter table main.raw_accounts add column if not exists "calendar" varchar;
            alter table main.raw_accounts add column if not exists "benchmark_symbol" varchar;
            alter table main.raw_accounts add column if not exists "opened_at" date;
            alter table main.raw_accounts add column if not exists "event_type" varchar default 'NEW';
            alter table main.raw_accounts add column if not exists "version" integer default '1';
            alter table main.raw_accounts add column if not exists "ingested_at" timestamp;
            alter table main.raw_accounts add column if not exists "batch_id" varchar;
            alter table main.raw_accounts add column if not exists "source_row" bigint;
        {% endcall %}
        {% call statement() %}
            create table if not exists main.raw_quarantine (
                "kind" varchar not null,
                "file" varchar not null,
                "row" bigint not null,
                "column" varchar,
                "reason" varchar not null,
                "row_data" varchar not null,
                "batch_id" varchar not null,
                "quarantined_at" timestamp not null
            );
            alter table main.raw_quarantine add column if not exists "kind" varchar;
            alter table main.raw_quarantine add column if not exists "file" varchar;
            alter table main.raw_quarantine add column if not exists "row" bigint;
            alter table main.raw_quarantine add column if not exists "column" varchar;
            alter table main.raw_quarantine add column if not exists "reason" varchar;
            alter table main.raw_quarantine add column if not exists "row_data" varchar;
            alter table main.raw_quarantine add column if not exists "batch_id" varchar;
            alter table main.raw_quarantine add column if not exists "quarantined_at" timestamp;
        {% endcall %}
        {% call statement() %}
            create table if not exists main.raw_quarantine_resolutions (
                "kind" varchar not null,
                "batch_id" varchar not null,
                "row" bigint not null,
                "note" varchar not null,
                "resolved_by" varchar not null,
                "resolved_at" timestamp not null
            );
            alter table main.raw_quarantine_resolutions add column if not exists "kind" varchar;
            alter table main.raw_quarantine_resolutions add column if not exists "batch_id" varchar;
            alter table main.raw_quarantine_resolutions add column if not exists "row" bigint;
            alter table main.raw_quarantine_resolutions add column if not exists "note" varchar;
            alter table main.raw_quarantine_resolutions add column if not exists "resolved_by" varchar;
            alter table main.raw_quarantine_resolutions add column if not exists "resolved_at" timestamp;
        {% endcall %}
        {% call statement() %}
            create table if not exists main.raw_batches (
                "batch_id" varchar not null,
                "kind" varchar not null,
                "source" varchar not null,
                "content_hash" varchar,
                "loaded_count" bigint not null,
                "repeated_count" bigint not null,
                "quarantined_count" bigint not null,
                "rounded_count" bigint not null,
                "loaded_at" timestamp not null
            );
            alter table main.raw_batches add column if not exists "batch_id" varchar;
            alter table main.raw_batches add column if not exists "kind" varchar;
            alter table main.raw_batches add column if not exists "source" varchar;
            alter table main.raw_batches add column if not exists "content_hash" varchar;
            alter table main.raw_batches add column if not exists "loaded_count" bigint;
            alter table main.raw_batches add column if not exists "repeated_count" bigint;
            alter table main.raw_batches add column if not exists "quarantined_count" bigint;
            alter table main.raw_batches add column if not exists "rounded_count" bigint;
            alter table main.raw_batches add column if not exists "loaded_at" timestamp;
        {% endcall %}
    {% endif %}
{% endmacro %}
