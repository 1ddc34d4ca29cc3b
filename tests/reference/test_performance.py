"""Returns, drawdown, volatility and ratios: by hand, and against empyrical."""

import math
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

import empyrical
import numpy as np
import pandas as pd
import pytest

from tests.reference.performance import (
    ReturnRow,
    cagr_pct,
    cumulative_return_pct,
    daily_rate,
    daily_returns,
    drawdowns,
    performance_summary,
    rolling_volatility,
    sharpe_ratio,
    wealth_index,
)
from tests.reference.scopes import Valuation
from tests.reference.small_world import day, money

START = date(2024, 1, 2)


def valuations(*rows: tuple[str | int, str | int, str | int]) -> dict[date, Valuation]:
    """(value, inflow, outflow) on consecutive days."""
    return {
        START + timedelta(days=n): Valuation(money(value), money(inflow), money(outflow))
        for n, (value, inflow, outflow) in enumerate(rows)
    }


def statuses(*rows: tuple[str | int, str | int, str | int]) -> list[tuple[object, ...]]:
    return [
        (row.status, row.daily_return, row.segment_id)
        for row in daily_returns(valuations(*rows)).values()
    ]


def series(returns: Sequence[float]) -> dict[date, ReturnRow]:
    """Rows with these returns on consecutive days."""
    return {START + timedelta(days=n): ReturnRow(value, "ok", 1) for n, value in enumerate(returns)}


@pytest.fixture(scope="module")
def noise() -> list[float]:
    drawn = np.random.default_rng(7).standard_t(5, size=750) * 0.01
    return [float(value) for value in drawn]


# ------------------------------------------------------------------ by hand


def test_inflows_count_at_the_start_and_outflows_at_the_end_of_the_day() -> None:
    assert statuses((110, 100, 0), (150, 40, 0), (105, 0, 45), (126, 0, 0)) == [
        ("ok", pytest.approx(0.1), 1),
        ("ok", 0.0, 1),
        ("ok", 0.0, 1),
        ("ok", pytest.approx(0.2), 1),
    ]


def test_flows_are_gross_and_not_netted() -> None:
    # Netted, the gain of 10 would be on 100; but 200 were at work.
    assert statuses((100, 100, 0), (110, 100, 100))[-1][1] == pytest.approx(10 / 200)


def test_a_full_withdrawal_is_ok_and_the_index_stays_flat_until_money_comes_back() -> None:
    values = valuations((100, 100, 0), (0, 0, 110), (0, 0, 0), (60, 50, 0))
    rows = daily_returns(values)
    assert [row.status for row in rows.values()] == ["ok", "ok", "no_capital", "ok"]
    assert [row.segment_id for row in rows.values()] == [1, 1, 1, 1]
    assert list(wealth_index(rows).values()) == pytest.approx([1, 1.1, 1.1, 1.32])


def test_no_capital_comes_before_the_first_money_and_is_no_observation() -> None:
    rows = daily_returns(valuations((-5, 0, 0), ("0.004", 5, 0), (0, 0, 0), (11, 10, 0)))
    assert [row.status for row in rows.values()] == ["no_capital", "no_capital", "no_capital", "ok"]
    assert performance_summary(rows, 252).observation_count == 1


def test_a_wipe_out_keeps_its_return_and_ends_the_index_for_good() -> None:
    values = valuations((100, 100, 0), (-20, 0, 0), (-20, 0, 0), (44, 60, 0), (55, 0, 0))
    rows = daily_returns(values)
    assert [(row.status, row.segment_id) for row in rows.values()] == [
        ("ok", 1),
        ("wiped_out", 1),
        ("no_capital", 1),
        ("ok", 2),
        ("ok", 2),
    ]
    assert [row.daily_return for row in rows.values()] == [
        0.0,
        pytest.approx(-1.2),
        None,
        pytest.approx(0.1),
        pytest.approx(0.25),
    ]
    index = wealth_index(rows)
    assert list(index.values()) == [1, 0, 0, 0, 0]
    assert [row.drawdown_pct for row in drawdowns(index).values()] == [0, -100, -100, -100, -100]
    assert cumulative_return_pct(index)[max(index)] == -100


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        ("0.005", "1", "ok"),
        ("0.0049", "1", "no_capital"),
        ("100", "0.0049", "wiped_out"),
        ("100", "0.005", "ok"),
    ],
)
def test_less_than_half_a_cent_counts_as_nothing(start: str, end: str, status: str) -> None:
    assert statuses((end, start, 0))[0][0] == status


def test_inception_is_a_peak_and_the_worst_stays() -> None:
    rows = drawdowns(wealth_index(series([-0.5, 1.0, 0.5, -0.25, 0.5])))
    assert [(row.drawdown_pct, row.max_drawdown_pct) for row in rows.values()] == [
        (-50, -50),
        (0, -50),
        (0, -50),
        (-25, -50),
        (0, -50),
    ]


def test_rolling_volatility_needs_thirty_returns_and_skips_days_without_capital() -> None:
    rows = series([0.01, -0.01] * 15 + [0.03])
    gap = START + timedelta(days=10)
    rows[gap] = ReturnRow(None, "no_capital", 1)
    result = list(rolling_volatility(rows, 252).values())
    assert result[:30] == [None] * 30
    history = [row.daily_return for row in rows.values() if row.daily_return is not None]
    assert len(history) == 30
    assert result[30] == pytest.approx(100 * np.std(history, ddof=1) * math.sqrt(252))
    assert rolling_volatility(series([0.01] * 40), 252)[START + timedelta(days=39)] == 0


def test_cagr_counts_calendar_days_and_is_null_below_ninety() -> None:
    assert cagr_pct(21.0, 730) == pytest.approx(10.0)
    assert cagr_pct(21.0, 89) is None
    assert cagr_pct(-100.0, 365) == -100


def test_the_rate_is_the_last_one_on_or_before_the_day() -> None:
    rates = {day("01-03"): 0.05, day("01-05"): 0.1}
    assert daily_rate(rates, day("01-02"), 252) == 0
    assert daily_rate(rates, day("01-04"), 252) == pytest.approx(1.05 ** (1 / 252) - 1)
    assert daily_rate(rates, day("01-05"), 365) == pytest.approx(1.1 ** (1 / 365) - 1)


def test_a_summary_says_nothing_it_cannot_know() -> None:
    few = performance_summary(series([0.1, -0.1] * 14 + [0.1]), 252)
    assert few.observation_count == 29
    assert few.annualized_volatility_pct is None
    assert few.sharpe_ratio is few.sortino_ratio is few.calmar_ratio is few.cagr_pct is None
    assert few.total_return_pct == pytest.approx(100 * (0.99**14 * 1.1 - 1))

    flat = performance_summary(series([0.0] * 100), 252)
    assert flat.annualized_volatility_pct == 0
    assert flat.sharpe_ratio is flat.sortino_ratio is flat.calmar_ratio is None
    assert flat.max_drawdown_pct == flat.cagr_pct == 0

    rising = performance_summary(series([0.01, 0.02] * 50), 252)
    assert rising.sharpe_ratio is not None
    assert rising.sortino_ratio is rising.calmar_ratio is None
    assert performance_summary({}, 252).total_return_pct is None


def test_the_days_of_a_summary_run_from_its_first_to_its_last_return() -> None:
    rows = {day("2023-01-02"): ReturnRow(None, "no_capital", 1)}
    rows[day("2023-01-03")] = ReturnRow(0.1, "ok", 1)
    rows[day("2025-01-02")] = ReturnRow(0.1, "ok", 1)
    rows[day("2025-01-03")] = ReturnRow(None, "no_capital", 1)
    assert performance_summary(rows, 252).cagr_pct == pytest.approx(10.0)  # 730 days


def test_a_wiped_out_account_has_no_ratios() -> None:
    rows = series([0.01, -0.02] * 50)
    rows[START + timedelta(days=50)] = ReturnRow(-1.5, "wiped_out", 1)
    summary = performance_summary(rows, 252)
    assert (summary.total_return_pct, summary.max_drawdown_pct) == (-100, -100)
    assert summary.sharpe_ratio is summary.sortino_ratio is summary.calmar_ratio is None
    assert summary.observation_count == 100


# ------------------------------------------------------------------ against empyrical


def test_returns_without_flows_are_simple_returns() -> None:
    closes = [100.0, 101.5, 99.25, 103.0]
    rows = daily_returns(
        {
            START + timedelta(days=n): Valuation(
                Fraction(value), Fraction(100 if n == 0 else 0), Fraction(0)
            )
            for n, value in enumerate(closes)
        }
    )
    found = [row.daily_return for row in rows.values()]
    assert found[1:] == pytest.approx(empyrical.simple_returns(np.array(closes)).tolist(), rel=1e-9)


def test_cumulative_returns_and_drawdown_agree(noise: list[float]) -> None:
    index = wealth_index(series(noise))
    expected = empyrical.cum_returns(pd.Series(noise))
    assert [value / 100 for value in cumulative_return_pct(index).values()] == pytest.approx(
        expected.tolist(), rel=1e-9, abs=1e-12
    )
    worst = drawdowns(index)[max(index)].max_drawdown_pct
    assert worst / 100 == pytest.approx(empyrical.max_drawdown(pd.Series(noise)), rel=1e-9)


@pytest.mark.parametrize("days_per_year", [252, 365])
def test_volatility_and_ratios_agree(noise: list[float], days_per_year: int) -> None:
    rate = 0.03
    per_day = (1 + rate) ** (1 / days_per_year) - 1
    summary = performance_summary(series(noise), days_per_year, {START: rate})
    drawn = pd.Series(noise)
    assert summary.annualized_volatility_pct == pytest.approx(
        100 * empyrical.annual_volatility(drawn, annualization=days_per_year), rel=1e-9
    )
    assert summary.sharpe_ratio == pytest.approx(
        empyrical.sharpe_ratio(drawn, risk_free=per_day, annualization=days_per_year), rel=1e-9
    )
    assert summary.sortino_ratio == pytest.approx(
        empyrical.sortino_ratio(drawn, annualization=days_per_year), rel=1e-9
    )


def test_rolling_volatility_agrees(noise: list[float]) -> None:
    rows = series(noise)
    found = list(rolling_volatility(rows, 252).values())
    expected = empyrical.roll_annual_volatility(pd.Series(noise), window=30)
    assert found[:29] == [None] * 29
    assert found[29:] == pytest.approx([100 * value for value in expected], rel=1e-9)


def test_a_flat_series_has_no_sharpe_where_empyrical_has_nan() -> None:
    assert sharpe_ratio([0.001] * 60, 252) is None
