"""Rows that no analyst would write and no rule forbids, drawn from a seed."""

from __future__ import annotations

import random

from tests.warehouse.building import Load
from tests.warehouse.raw_rows import Raw

IDS = (
    "firm", "desk", "account", "unassigned", "ACC001", "acc001", "Acc001", "A|B", "A", "B|C", "|",
    "=cmd()", "'", '"', "''; drop table raw_trades; --", "{{ var('x') }}", "\\", "%", "_", "NULL",
    "nan", "0", "-1", "1e5", "true", "a b", "a,b", "ünï", "\N{GRINNING FACE}", "é", "e\u0301",
    "\u202eabc", "2024-02-01", "x" * 256,
)  # fmt: skip
SYMBOLS = (
    "AAPL", "aapl", "A|2024-02-01|SPLIT", "A", "CASH", "XCASH:USD", "USD", "EUR", "EUR/USD",
    *IDS[6:],
)  # fmt: skip
CURRENCIES = ("", "USD", "EUR", "JPY", "GBX", "XXX", "QQQQQ", "USDT")
DAYS = ("2024-01-31", "2024-02-01", "2024-02-02", "2024-02-03", "2024-02-29", "2024-03-01")
TIMES = ("", "T00:00:00Z", "T23:59:59.999999Z", "T14:30:00-05:00", "T09:00:00+11:00")
QUANTITIES = ("1e-8", "0.1", "1", "3", "7.25", "1000000", "123456789.12345678", "1e15")
PRICES = ("0", "1e-10", "0.01", "1", "99.995", "100", "12345.678", "1e12")
AMOUNTS = ("1e-8", "0.005", "1", "12345.67", "1e9", "1e15")
RATIOS = ("1:1000000", "1000000:1", "3:2", "2", "1.000001", "0.333333333", "1", "999999999:1001")
RATES = ("1e-10", "0.0001", "1", "1.1", "150", "1e12")
CALENDARS = ("", "NYSE", "24x7", "XASX", "XLON")


def odd_loads(seed: int, size: int = 25) -> list[Load]:  # noqa: C901 - a maker a kind
    """Files of every kind, each with `size` rows; most of them are accepted."""
    draw = random.Random(seed)  # noqa: S311 - reproducible, and no secret
    few = draw.sample(SYMBOLS, 8)
    owners = draw.sample(IDS, 6)

    def moment() -> str:
        return draw.choice(DAYS) + draw.choice(TIMES)

    def versioned(row: Raw) -> Raw:
        version = draw.choice((1, 1, 1, 2, 2147483647))
        kinds = ("NEW",) if version == 1 else ("NEW", "CORRECT", "CANCEL")
        return row | {"version": version, "event_type": draw.choice(kinds)}

    def trade(_: int) -> Raw:
        return versioned({
            "trade_id": draw.choice(IDS),
            "account_id": draw.choice(owners),
            "symbol": draw.choice(few),
            "side": draw.choice(("BUY", "SELL")),
            "quantity": draw.choice(QUANTITIES),
            "price": draw.choice(PRICES),
            "fees": draw.choice(("", "0", *AMOUNTS)),
            "currency": draw.choice(CURRENCIES),
            "executed_at": moment(),
        })  # fmt: skip

    def cash_event(_: int) -> Raw:
        return versioned({
            "event_id": draw.choice(IDS),
            "account_id": draw.choice(owners),
            "amount": draw.choice(AMOUNTS),
            "type": draw.choice(("DEPOSIT", "WITHDRAWAL", "TRANSFER_IN", "TRANSFER_OUT",
                                 "INTEREST", "FEE", "TAX", "REBATE", "FX_IN", "FX_OUT",
                                 "CASH_IN_LIEU")),
            "symbol": draw.choice(("", *few)),
            "timestamp": moment(),
            "currency": draw.choice(CURRENCIES),
            "transfer_id": draw.choice(("", "T", "T|1", "firm")),
        })  # fmt: skip

    def price(number: int) -> Raw:
        is_daily = draw.random() < 0.5
        return {
            "symbol": few[number % len(few)],
            "date": draw.choice(DAYS) if is_daily else "",
            "timestamp": "" if is_daily else moment(),
            "close": draw.choice(PRICES),
            "high": draw.choice(("", *PRICES)),
            "bid": draw.choice(("", *PRICES)),
            "ask": draw.choice(("", *PRICES)),
            "volume": draw.choice(("", *QUANTITIES)),
            "currency": draw.choice(CURRENCIES),
        }

    def instrument(number: int) -> Raw:
        return {
            "symbol": few[number % len(few)],
            "name": draw.choice(("", "x" * 4096, "ünï")),
            "asset_class": draw.choice(("", "EQUITY", "equity", "CRYPTO", "?", "firm")),
            "sector": draw.choice(("", "Information Technology", "x" * 256)),
            "currency": draw.choice(CURRENCIES),
            "calendar": draw.choice(CALENDARS),
            "lot_size": draw.choice(("", *QUANTITIES)),
            "average_daily_volume": draw.choice(("", "0", *QUANTITIES)),
            "multiplier": draw.choice(("", "1", "100", "1e-8", "1e6")),
            "proxy_symbol": draw.choice(("", *few)),
        }

    def account(number: int) -> Raw:
        return {
            "account_id": owners[number % len(owners)],
            "name": draw.choice(("", "firm", "x" * 4096)),
            "desk": draw.choice(("", "firm", "unassigned", *owners)),
            "base_currency": draw.choice(CURRENCIES),
            "calendar": draw.choice(CALENDARS),
            "benchmark_symbol": draw.choice(("", *few)),
            "opened_at": draw.choice(("", "1900-01-01", "2024-02-03", "2026-01-03")),
        }

    def corporate_action(_: int) -> Raw:
        return versioned({
            "symbol": draw.choice(few),
            "ex_date": draw.choice(DAYS),
            "type": draw.choice(("SPLIT", "DIVIDEND", "RETURN_OF_CAPITAL", "SPINOFF",
                                 "SYMBOL_CHANGE")),
            "action_id": draw.choice(("", "", "special", "A|B")),
            "ratio": draw.choice(RATIOS),
            "amount": draw.choice(AMOUNTS[:-1]),
            "new_symbol": draw.choice(few),
            "cost_fraction": draw.choice(("", "0", "0.00000001", "0.5", "1")),
            "currency": draw.choice(CURRENCIES),
        })  # fmt: skip

    def security_transfer(_: int) -> Raw:
        return versioned({
            "event_id": draw.choice(IDS),
            "account_id": draw.choice(owners),
            "symbol": draw.choice(few),
            "direction": draw.choice(("IN", "OUT")),
            "quantity": draw.choice(QUANTITIES),
            "timestamp": moment(),
            "transfer_id": draw.choice(("", "T", "T|1", "firm")),
            "cost_per_share": draw.choice(("", *PRICES)),
            "acquired_at": draw.choice(("", "1900-01-01", "2024-01-31", "2024-02-03")),
        })  # fmt: skip

    def fx_rate(_: int) -> Raw:
        base, quote = draw.sample(CURRENCIES[1:], 2)
        return {
            "date": draw.choice(DAYS),
            "base_currency": base,
            "quote_currency": quote,
            "rate": draw.choice(RATES),
        }

    makers = {
        "instruments": instrument,
        "accounts": account,
        "trades": trade,
        "cash_events": cash_event,
        "prices": price,
        "corporate_actions": corporate_action,
        "fx_rates": fx_rate,
        "security_transfers": security_transfer,
    }
    loads = {kind: [make(number) for number in range(size)] for kind, make in makers.items()}
    # Refused, else it would be the cash of every account.
    loads["corporate_actions"].append(
        corporate_action(size)
        | {"symbol": "=cmd()", "type": "SYMBOL_CHANGE", "new_symbol": "CASH:USD", "version": 1,
           "event_type": "NEW"}
    )  # fmt: skip
    return list(loads.items())
