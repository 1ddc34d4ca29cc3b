"""XIRR and modified Dietz: cases with a known answer, and the traps."""

from datetime import date, timedelta

import pytest

from tests.reference.money_weighted import money_weighted, xirr
from tests.reference.scopes import Valuation
from tests.reference.small_world import money

START = date(2024, 1, 1)


def history(*days: tuple[int, int, int]) -> dict[date, Valuation]:
    """(day, value, net flow) of a scope."""
    return {
        START + timedelta(days=number): Valuation(
            money(value), money(max(flow, 0)), money(max(-flow, 0))
        )
        for number, value, flow in days
    }


def test_one_deposit_grows_by_its_return() -> None:
    row = money_weighted(history((0, 100, 100), (365, 110, 0)))
    assert row.xirr_status == "ok"
    assert row.xirr_pct == pytest.approx(10)
    assert row.modified_dietz_pct == pytest.approx(10)
    assert money_weighted(history((0, 100, 100), (730, 121, 0))).xirr_pct == pytest.approx(10)


def test_a_flow_counts_for_the_time_it_was_there() -> None:
    """100 for the year and 100 for a quarter of it earn 12.5: 10 % of a capital of 125."""
    row = money_weighted(history((0, 100, 100), (300, 200, 100), (400, 212, 0)))
    assert row.modified_dietz_pct == pytest.approx(100 * 12 / 125)


def test_two_rates_are_no_rate() -> None:
    """-100, +230, -132 a year apart is solved by 10 % and by 20 %."""
    flows = {START.replace(year=2021 + n): flow for n, flow in enumerate((-100.0, 230.0, -132.0))}
    assert xirr(flows) == (None, "multiple_roots")


def test_a_month_is_no_year_and_nothing_left_is_no_rate() -> None:
    assert money_weighted(history((0, 100, 100), (29, 101, 0))).xirr_status == "too_short"
    assert money_weighted(history((0, 100, 100), (30, 101, 0))).xirr_status == "ok"
    assert money_weighted(history((0, 100, 100), (90, 0, 0))).xirr_status == "total_loss"
    assert money_weighted(history((0, 5, 0), (90, 6, 0))).xirr_status == "no_capital"


def test_the_period_ends_when_nothing_is_left() -> None:
    """1,000 that became 1,010 in a day, and seven weeks of nothing: 1 %, and no yearly rate."""
    row = money_weighted(history((0, 1000, 1000), (1, 0, -1010), (2, 0, 0), (52, 0, 0)))
    assert row.modified_dietz_pct == pytest.approx(1)
    assert (row.xirr_pct, row.xirr_status) == (None, "too_short")
    waiting = money_weighted(history((0, 0, 0), (40, 100, 100), (405, 110, 0)))
    assert (waiting.modified_dietz_pct, waiting.xirr_pct) == pytest.approx((10, 10))


def test_spans_are_linked_and_the_days_between_do_not_count() -> None:
    """10 % and 21 %, each in half a year, with a year of nothing between them: 33.1 % in a year."""
    row = money_weighted(history((0, 100, 100), (182, 0, -110), (548, 100, 100), (731, 121, 0)))
    assert row.modified_dietz_pct == pytest.approx(33.1)
    assert row.xirr_status == "ok"
    assert row.xirr_pct == pytest.approx(33.1)


def test_a_span_lost_is_all_lost_and_a_span_without_capital_counts_for_nothing() -> None:
    lost = money_weighted(history((0, 100, 100), (40, 0, 0), (60, 50, 50), (200, 75, 0)))
    assert (lost.xirr_status, lost.modified_dietz_pct) == ("total_loss", -100)
    late = money_weighted(history((0, 100, 100), (365, 0, -110), (400, 1, 0), (401, 0, -1)))
    assert (late.modified_dietz_pct, late.xirr_pct) == pytest.approx((10, 10))


def test_money_that_comes_and_goes_within_a_day_was_all_there() -> None:
    rows = history((0, 0, 0), (90, 0, 0))
    rows[START] = Valuation(money(0), money(1000), money(990))
    row = money_weighted(rows)
    assert row.modified_dietz_pct == pytest.approx(-1)
    assert row.xirr_status == "too_short"


def test_a_missing_rate_leaves_nothing_to_say() -> None:
    rows = history((0, 100, 100), (90, 110, 0))
    rows[max(rows)] = Valuation(None, money(0), money(0))
    assert money_weighted(rows).xirr_status == "missing_fx"
