"""Compares a table of the warehouse with what the oracle expects, key by key."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from tests.warehouse.building import Warehouse

Key = tuple[Any, ...]
Rule = Callable[[Any, Any], bool]
SHOWN = 8


def exactly(stored: Any, expected: Any) -> bool:
    """Equal to the last digit; decimals are compared as fractions."""
    if isinstance(stored, Decimal):
        stored = Fraction(stored)
    return bool(stored == expected)


def within(absolute: float, relative: float = 1e-9) -> Rule:
    """Equal up to a relative deviation, or an absolute one where the figure is near zero."""

    def is_equal(stored: Any, expected: Any) -> bool:
        should = float(expected)
        return bool(abs(float(stored) - should) <= relative * abs(should) + absolute)

    return is_equal


figure = within(1e-12)
"""Returns, ratios and statistics (metrics.md, section 4)."""

money = within(1e-6, 0)
"""A ten-thousandth of a cent: far inside the cent that is allowed, and far outside what doubles of
a million lose."""

unit_price = within(1e-10)
"""A price in other units than it was quoted in: 3:2 leaves no last digit to compare."""

difference_of_money = within(1e-6)
"""A sum of gains and losses of many positions: where they cancel, what doubles of a million lose is
not small beside the sum."""

difference_in_pct = within(1e-10)
"""The same in percent of what it is compared with."""


@dataclass(frozen=True)
class Comparison:
    """A table, its grain, and for each compared column the rule and the expected value."""

    table: str
    grain: Sequence[str]
    columns: Mapping[str, Rule]
    source: str = ""
    """What to read where the table alone lacks its grain; empty: the table."""
    may_be_empty: bool = False
    """Whether there are worlds in which it has no row."""

    def stored(self, warehouse: Warehouse) -> dict[Key, tuple[Any, ...]]:
        """The compared columns by key, as the warehouse has them."""
        columns = ", ".join(f'"{name}"' for name in (*self.grain, *self.columns))
        rows = warehouse.rows(f"select {columns} from {self.source or self.table}")  # noqa: S608 - our own names
        width = len(self.grain)
        found = {row[:width]: row[width:] for row in rows}
        assert len(found) == len(rows), f"{self.table} has keys twice"
        return found

    def differences(self, warehouse: Warehouse, expected: Mapping[Key, Sequence[Any]]) -> list[str]:
        """What differs, in words; the keys of both sides must be the same."""
        stored = self.stored(warehouse)
        has_rows = expected or self.may_be_empty
        assert has_rows, f"the oracle expects no row in {self.table}, so nothing would be compared"
        lines = [f"{key} is missing" for key in expected if key not in stored]
        lines += [f"{key} is too much" for key in stored if key not in expected]
        for key in stored.keys() & expected.keys():
            for name, rule, is_value, should in zip(
                self.columns, self.columns.values(), stored[key], expected[key], strict=True
            ):
                if not self._agree(rule, is_value, should):
                    lines.append(f"{key} {name}: {is_value} and not {_readable(should)}")
        return lines

    @staticmethod
    def _agree(rule: Rule, stored: Any, expected: Any) -> bool:
        if stored is None or expected is None:
            return stored is expected
        if isinstance(stored, float) and not math.isfinite(stored):
            return False
        return rule(stored, expected)


def assert_no_differences(lines: Sequence[str], table: str) -> None:
    """Fail with the first differences and their number."""
    assert not lines, f"{len(lines)} differences in {table}:\n" + "\n".join(sorted(lines)[:SHOWN])


def _readable(value: Any) -> Any:
    return float(value) if isinstance(value, Fraction) else value
