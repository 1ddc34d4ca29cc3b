"""Books in which the largest amounts stand beside cents build and pass every law."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.warehouse.building import (
    MODELS_AND_DATA_TESTS,
    Load,
    Workshop,
    failed,
    fill_from,
    write_files,
)
from tests.warehouse.currency_world import based, moved, rate, share
from tests.warehouse.raw_rows import Raw, cash, close, trade, trading_days

DAYS = trading_days("2024-02-05", "2024-03-01")
CURRENCIES = ("USD", "EUR", "GBX")
LARGEST = 15
"""Powers of ten of an amount, inside the limits of the raw tables."""


def fees_as_large_as_what_came_in() -> list[tuple[str, Raw]]:
    """1e15 comes in and goes out on one day, and leaves the rounding of 1e15 beside 12,345.67.

    FEES gets deposits; what THRU gets is interest, so that its capital is small all day long.
    """
    huge = "999999999999999.99"
    rows: list[tuple[str, Raw]] = [
        ("accounts", based("FEES", "fees", "USD")),
        ("accounts", based("THRU", "fees", "EUR")),
        ("cash_events", cash("big", "FEES", "DEPOSIT", 10**15, DAYS[0])),
        ("cash_events", cash("small", "FEES", "DEPOSIT", "12345.67", DAYS[0])),
        ("trades", trade("fees", "FEES", 10, "S0", "60.006", DAYS[0], fees=huge)),
        ("cash_events", cash("own", "THRU", "DEPOSIT", "12345.67", DAYS[0])),
    ]
    for place, day in enumerate(DAYS[1:], start=1):
        for kind, amount in (("INTEREST", huge), ("FEE", f"{10**15 - 3 * place}.33")):
            event_id = f"{kind}-{place}"
            rows.append(("cash_events", moved("USD", event_id, "THRU", kind, amount, day)))
    return rows


def sizes(dice: random.Random, lowest: float, highest: float) -> str:
    """A number of any size between two powers of ten, with the decimals that it can have."""
    return f"{10 ** dice.uniform(lowest, highest):.8f}"


def large_and_small(seed: int) -> list[Load]:
    """Prices, quantities, fees and cash of every size, in three currencies and eight accounts."""
    dice = random.Random(seed)  # noqa: S311 - a reproducible book, not a secret
    rows = fees_as_large_as_what_came_in()
    symbols = [f"S{number}" for number in range(6)]
    for number, symbol in enumerate(symbols):
        rows.append(("instruments", share(symbol, CURRENCIES[number % 3])))
        power = dice.uniform(-6, 8)
        for day in DAYS:
            power += dice.uniform(-2, 2) if dice.random() < 0.2 else dice.uniform(-0.02, 0.02)
            price = 10 ** min(max(power, -6), 9)
            rows.append(("prices", close(symbol, day, f"{price:.10f}")))
    for day in DAYS:
        rows.append(("fx_rates", rate(day, "EURUSD", f"{dice.uniform(0.9, 1.3):.6f}")))
        rows.append(("fx_rates", rate(day, "GBPUSD", f"{dice.uniform(0.9, 1.3):.6f}")))
    names = [f"A{number}" for number in range(8)]
    for number, name in enumerate(names):
        rows.append(("accounts", based(name, f"desk{number % 3}", ("USD", "EUR")[number % 2])))
        for place, day in enumerate(DAYS):
            kind = dice.choice(["DEPOSIT", "DEPOSIT", "WITHDRAWAL", "INTEREST", "FEE", "REBATE"])
            amount = sizes(dice, -2, LARGEST - 1)
            event_id = f"{name}-{place}"
            currency = dice.choice(CURRENCIES)
            rows.append(("cash_events", moved(currency, event_id, name, kind, amount, day)))
            for many in range(dice.randint(0, 3)):
                power = dice.uniform(-6, 8)
                quantity = sizes(dice, -7, LARGEST - 1 - max(power, 0))
                sign = dice.choice(["", "-"])
                rows.append(
                    (
                        "trades",
                        trade(
                            f"{event_id}-{many}",
                            name,
                            sign + quantity,
                            dice.choice(symbols),
                            f"{10**power:.10f}",
                            f"{day} 1{many}:00",
                            fees=sizes(dice, -2, dice.choice([1, LARGEST - 1])),
                        ),
                    )
                )
    kinds = dict.fromkeys(kind for kind, _ in rows)
    return [(kind, [row for of, row in rows if of == kind]) for kind in kinds]


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 8))]
)
def test_the_largest_amounts_beside_cents_pass_every_law(
    workshop: Workshop, tmp_path: Path, seed: int
) -> None:
    files = write_files(large_and_small(seed), tmp_path)
    warehouse = workshop.build(f"large_{seed}", fill_from(files), MODELS_AND_DATA_TESTS)
    assert failed(warehouse.outcome) == []
    assert warehouse.value("select count(*) from main.raw_quarantine") == 0
