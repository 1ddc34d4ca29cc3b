"""Money-weighted returns: the kernel, its solver against others, and the three worlds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
import pyxirr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kernels.money_weighted_return import MoneyWeightedReturn, Span
from kernels.money_weighted_return import money_weighted_return as solve
from tests.reference.money_weighted import xirr
from tests.variables import VARIABLES
from tests.warehouse.comparing import figure
from tests.warehouse.conftest import World

money_weighted_return = partial(
    solve,
    negligible_amount=VARIABLES["negligible_amount"],
    days_per_year=VARIABLES["days_per_year"],
)
PYXIRR = 1e-5
"""It stops once its own sum is small: over 20,000 random cases it was up to 8e-7 of the rate off,
where the present value with 60 digits turns within 1e-9 of ours."""
DAY_ZERO = date(1970, 1, 1)
START = date(2024, 1, 2)

Flow = tuple[int, float]
"""Days after the start, and money: positive into the scope."""


CashFlows = tuple[Sequence[Flow], int, float]
"""Flows, the last day, and the value then."""


def span(flows: Sequence[Flow], end: int, final_value: float) -> Span:
    """A span with days counted from the start."""
    return Span(
        np.array([day for day, _ in flows], dtype=np.int64),
        np.array([amount for _, amount in flows], dtype=np.float64),
        end,
        final_value,
    )


def run(flows: Sequence[Flow], end: int, final_value: float) -> MoneyWeightedReturn:
    """Call the kernel with one span."""
    return money_weighted_return([span(flows, end, final_value)])


def rate_of(flows: Sequence[Flow], end: int, final_value: float) -> float:
    """The rate, which there must be."""
    found = run(flows, end, final_value)
    assert found.status == "ok"
    assert found.rate is not None
    return found.rate


def payments(flows: Sequence[Flow], end: int, final_value: float) -> dict[date, Fraction]:
    """The same as an investor sees it, one sum a day."""
    paid = dict.fromkeys([START + timedelta(day) for day, _ in flows], Fraction(0))
    for day, amount in flows:
        paid[START + timedelta(day)] -= Fraction(amount)
    last = START + timedelta(end)
    paid[last] = paid.get(last, Fraction(0)) + Fraction(final_value)
    return paid


def present_value(paid: Mapping[date, Fraction], rate: float) -> Decimal:
    """Sum of CF * (1 + r)^(-days / 365) with 60 digits: what a rate is worth as a solution."""
    start = min(paid)
    with localcontext(prec=60):
        of_a_day = (1 + Decimal(rate)) ** (Decimal(1) / 365)
        return sum(
            (
                Decimal(amount.numerator) / amount.denominator / of_a_day ** (day - start).days
                for day, amount in paid.items()
            ),
            Decimal(0),
        )


# ------------------------------------------------------------------ published figures


def test_the_example_of_excel() -> None:
    """Microsoft's page of the function XIRR: 0.373362535, "accurate within 0.000001 percent"."""
    flows = [
        (date(2008, 1, 1), 10_000),
        (date(2008, 3, 1), -2_750),
        (date(2008, 10, 30), -4_250),
        (date(2009, 2, 15), -3_250),
    ]
    numbered = [((day - DAY_ZERO).days, float(amount)) for day, amount in flows]
    rate = rate_of(numbered, (date(2009, 4, 1) - DAY_ZERO).days, 2_750)
    assert rate == pytest.approx(0.373362535, abs=1e-8)
    paid = {day: -Fraction(amount) for day, amount in flows} | {date(2009, 4, 1): Fraction(2750)}
    assert xirr({day: float(amount) for day, amount in paid.items()})[0] == pytest.approx(rate)
    assert pyxirr.xirr([*paid], [float(amount) for amount in paid.values()]) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("flows", "end", "final_value", "rate"),
    [
        ([(0, 100.0)], 365, 110, 0.1),
        ([(0, 100.0)], 730, 121, 0.1),
        ([(0, 100.0)], 365, 100, 0.0),
        ([(0, 100.0)], 365, 50, -0.5),
        ([(0, 100.0), (365, -60.0)], 730, 0, -0.4),  # nothing is left, but something was withdrawn
        ([(0, 100.0)], 30, 101, 1.01 ** (365 / 30) - 1),
        ([(0, 100.0), (365, 1000.0)], 365, 1110, 0.1),  # money of the last day has no time
        ([(0, 100.0), (365, -110.0)], 365, 0, 0.1),  # all of it leaves on the last day
        ([(0, 100.0), (0, 50.0), (0, -50.0)], 365, 110, 0.1),  # netted on a day
        ([(0, 70.0), (200, 5.0), (0, 30.0), (200, -5.0)], 365, 110, 0.1),  # in any order
        ([(0, 100.0), (10, 0.1), (10, 0.2), (10, -0.3)], 365, 110, 0.1),  # dust of doubles
        ([(0, 50.0), (0, -50.0), (700, 100.0)], 1065, 110, 0.1),  # the first flow is the netted one
        ([(0, 0.25)], 365, 0.5, 1.0),
        ([(0, 2.0**70)], 365, 2.0**71, 1.0),
        # worth nothing on no day: one span
        ([(0, 100.0), (365, 100.0)], 730, 200, (math.sqrt(9) - 1) / 2 - 1),
        ([(0, 1.0)], 365, 1e6 + 1, 1e6),  # both ends of the scan belong to it
        ([(0, 10_000.0)], 365, 1, -0.9999),
        ([(0, 100.0)], 150 * 365, 100 * 1.5**150, 0.5),  # no power grows beyond all bounds
        ([(0, 100.0)], 150 * 365, 0.5, 0.005 ** (1 / 150) - 1),
    ],
)
def test_rates_a_person_can_check(
    flows: list[Flow], end: int, final_value: float, rate: float
) -> None:
    assert rate_of(flows, end, final_value) == pytest.approx(rate, rel=1e-12, abs=1e-15)


def test_no_gain_is_exactly_nothing() -> None:
    rate = rate_of([(0, 1234.56), (7, 99.5), (40, -20.25)], 500, 1234.56 + 99.5 - 20.25)
    assert rate == 0
    assert math.copysign(1, rate) == 1


# ------------------------------------------------------------------ no figure


@pytest.mark.parametrize(
    ("flows", "end", "final_value", "status"),
    [
        ([], 365, 0, "no_capital"),
        ([], 365, 25, "no_capital"),  # made of nothing
        ([(0, -10.0)], 365, 5, "no_capital"),
        ([(0, 10.0), (0, -10.0)], 365, 5, "no_capital"),
        ([(0, 0.004)], 365, 5, "no_capital"),
        ([(0, 100.0)], 365, 0, "total_loss"),
        ([(0, 100.0)], 365, -20, "total_loss"),
        ([(0, 100.0)], 365, 0.004, "total_loss"),
        ([(0, 100.0)], 5, 0, "total_loss"),  # that says more than too_short
        ([(0, 100.0), (200, 100.0)], 365, 0, "total_loss"),  # refunded, and lost again
        ([(0, 100.0), (0, -40.0)], 365, 0, "total_loss"),  # netted: no day took money out
        ([(0, 100.0), (50, -0.004)], 365, 0, "total_loss"),
        ([(0, 100.0)], 0, 101, "too_short"),
        ([(0, 100.0)], 29, 101, "too_short"),
        ([(400, 100.0)], 429, 101, "too_short"),
        ([(0, 50.0), (0, -50.0), (340, 100.0)], 365, 101, "too_short"),
        ([(365, 100.0)], 365, 100, "too_short"),
        ([(0, 100.0), (365, 50.0)], 365, 40, "no_sign_change"),  # what came last is lost, too
        ([(0, 100.0), (365, 50.0)], 365, 50, "no_sign_change"),
        ([(0, 100.0), (10, -1.0)], 365, -50, "no_sign_change"),
        ([(0, 100.0)], 30, 1000, "no_sign_change"),  # beyond any rate that is looked for
        ([(0, 100.0)], 30, 1, "no_sign_change"),
        # pays 10 % and 20 %: -100, 230, -132
        ([(0, 100.0), (365, -230.0), (730, 132.0)], 731, 0, "multiple_roots"),
        ([(0, 100.0), (365, -230.0)], 730, -132, "multiple_roots"),
        ([(0, 100.0)], 365, math.nan, "missing_fx"),
        ([(0, math.nan)], 365, 100, "missing_fx"),
        ([(0, 100.0), (10, math.nan)], 5000, 0, "missing_fx"),
    ],
)
def test_where_there_is_no_rate_the_status_says_why(
    flows: list[Flow], end: int, final_value: float, status: str
) -> None:
    assert run(flows, end, final_value) == MoneyWeightedReturn(None, status)


@pytest.mark.parametrize(
    ("days", "amounts", "complaint"),
    [
        ([0, 1], [100.0], "one entry per flow"),
        ([[0]], [[100.0]], "one entry per flow"),
        ([0, 400], [100.0, 1.0], "after the last valuation"),
    ],
)
def test_what_does_not_fit_together_is_refused(
    days: object, amounts: object, complaint: str
) -> None:
    with pytest.raises(ValueError, match=complaint):
        money_weighted_return([Span(np.array(days), np.array(amounts), 365, 100)])


# ------------------------------------------------------------------ spans

CLOSED = ([(0, 1000.0), (1, -1010.0)], 1, 0.0)
HALF_YEARS: list[CashFlows] = [
    ([(0, 100.0), (182, -110.0)], 182, 0),
    ([(900, 50.0)], 900 + 183, 60.5),
]


@pytest.mark.parametrize(
    ("spans", "status", "rate"),
    [
        ([], "no_capital", None),
        ([CLOSED], "too_short", None),
        (HALF_YEARS, "ok", 1.1 * 1.21 - 1),  # a year with capital, whatever lies between
        ([*HALF_YEARS, ([(2000, -5.0)], 2400, -5)], "ok", 1.1 * 1.21 - 1),  # brought no money
        ([*HALF_YEARS, ([(2000, 5.0), (2000, -4.0)], 2000, 0)], "ok", 1.1 * 1.21 - 1),  # no time
        ([*HALF_YEARS, ([(2000, 5.0)], 2000, 0)], "total_loss", None),
        ([([(0, 9.0)], 90, 0), *HALF_YEARS], "total_loss", None),
        ([*HALF_YEARS, ([(2000, 5.0)], 2001, math.nan)], "missing_fx", None),
        ([([(0, 100.0)], 15, 101), ([(40, 100.0)], 54, 101)], "too_short", None),  # 29 days
        (
            [([(0, 100.0), (15, -101.0)], 15, 0), ([(40, 100.0)], 55, 101)],  # 30 days
            "ok",
            1.01 ** (2 * 365 / 30) - 1,
        ),
        ([*HALF_YEARS, ([(2000, 1.0)], 2001, 0.5)], "no_sign_change", None),
    ],
)
def test_spans_are_linked_over_the_days_with_capital(
    spans: list[CashFlows], status: str, rate: float | None
) -> None:
    found = money_weighted_return([span(*each) for each in spans])
    assert found.status == status
    assert found.rate == (None if rate is None else pytest.approx(rate, rel=1e-12))


# ------------------------------------------------------------------ other solvers

# Exact in binary, so that no sum of them is dust in one place and nothing in another.
sums_of_money = st.integers(1, 10**9).map(lambda amount: amount / 64)


@st.composite
def cash_flows(draw: st.DrawFn) -> tuple[list[Flow], int, float]:
    """Flows in and out, the last day, and a value that may be anything."""
    end = draw(st.integers(0, 3000))
    days = st.integers(0, end)
    signs = st.sampled_from([1, 1, 1, -1])
    flows = draw(
        st.lists(st.tuples(days, st.builds(lambda a, s: a * s, sums_of_money, signs)), max_size=8)
    )
    # Often near what came in, so that rates are those of real accounts.
    near = sum(amount for _, amount in flows) * draw(st.sampled_from([0.5, 0.95, 1, 1.05, 2]))
    return flows, end, draw(st.sampled_from([near, 0.0, -near / 10, 1000.0]))


@settings(max_examples=300, deadline=None)
@given(cash_flows())
def test_its_rate_is_that_of_the_reference(case: tuple[list[Flow], int, float]) -> None:
    found = run(*case)
    paid = {day: float(amount) for day, amount in payments(*case).items() if amount}
    assume(found.status in {"ok", "no_sign_change", "multiple_roots"})
    rate, status = xirr(paid)
    assert found.status == status
    if found.rate is not None and rate is not None:
        assert figure(found.rate, rate)


@st.composite
def investments(draw: st.DrawFn) -> tuple[list[Flow], int, float]:
    """Money in, then money out: there is exactly one rate, above -100 %."""
    count = draw(st.integers(1, 10))
    days = sorted(draw(st.lists(st.integers(0, 4000), min_size=count, max_size=count, unique=True)))
    turn = draw(st.integers(1, count))
    flows = [(day, draw(sums_of_money) * (1 if n < turn else -1)) for n, day in enumerate(days)]
    return flows, days[-1] + draw(st.integers(30, 2000)), draw(sums_of_money)


@settings(max_examples=300, deadline=None)
@given(investments())
def test_the_present_value_turns_at_the_rate(case: tuple[list[Flow], int, float]) -> None:
    found = run(*case)
    assume(found.rate is not None)
    assert found.rate is not None
    margin = 1e-9 * abs(found.rate) + 1e-12
    paid = payments(*case)
    below = present_value(paid, found.rate - margin)
    above = present_value(paid, found.rate + margin)
    assert below >= 0 >= above


@settings(max_examples=300, deadline=None)
@given(investments())
def test_pyxirr_finds_the_same_rate(case: tuple[list[Flow], int, float]) -> None:
    found = run(*case)
    paid = payments(*case)
    should = pyxirr.xirr([*paid], [float(amount) for amount in paid.values()], silent=True)
    assume(should is not None)
    assert should is not None
    # It gives up where rates are wild (pyxirr#65).
    assume(-0.99 < should < 100 and min(abs(amount) for amount in paid.values()) > 1)
    assert found.rate == pytest.approx(should, rel=PYXIRR, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(investments(), st.sampled_from([1e-2, 3.0, 1e6]), st.integers(1, 20_000))
def test_a_unit_of_money_and_the_first_day_decide_nothing(
    case: tuple[list[Flow], int, float], factor: float, later: int
) -> None:
    flows, end, final_value = case
    found = run(flows, end, final_value)
    moved = [(day + later, amount * factor) for day, amount in flows]
    assume(factor >= 1 or min(abs(amount) for _, amount in flows) > 1)
    other = run(moved, end + later, final_value * factor)
    assume(factor >= 1 or final_value > 1)
    assert other.status == found.status
    if found.rate is not None and other.rate is not None:
        assert figure(other.rate, found.rate)


# ------------------------------------------------------------------ the worlds


def test_pyxirr_finds_the_rates_of_the_warehouse(world: World) -> None:
    scopes = world.warehouse.rows("""
        select
            any_value(xirr_pct), list(value_date order by value_date),
            list(external_outflow - external_inflow order by value_date),
            last(total_value order by value_date)
        from main_facts.fact_scope_value_daily
        join main_metrics.performance_summary using (scope_type, scope_id)
        join main_facts.fact_capital_spans using (scope_type, scope_id)
        where xirr_status = 'ok' and value_date between first_date and last_date
        group by scope_type, scope_id
        having max(span_number) = 1
    """)
    # No scope of this world is invested for the 30 days that a rate needs.
    assert scopes or world.name == "transfer_world"
    for xirr_pct, days, paid, final_value in scopes:
        should = pyxirr.xirr([*days, days[-1]], [*paid, final_value])
        assert should is not None
        assert xirr_pct == pytest.approx(100 * should, rel=PYXIRR)


def test_who_invested_once_earned_the_same_on_money_as_on_time(world: World) -> None:
    """One flow on the first day: XIRR is CAGR, and Modified Dietz the linked return.

    A day without a value has no return to link; money counts from end to end.
    """
    rows = world.warehouse.rows("""
        with scopes as (
            select
                scope_type, scope_id,
                count(*) filter (where external_inflow <> 0 or external_outflow <> 0) as flows,
                min_by(external_inflow - external_outflow, value_date) as first_flow,
                bool_and(total_value is not null) as is_always_valued
            from main_facts.fact_scope_value_daily
            group by all
        )
        select cagr_pct, xirr_pct, total_return_pct, modified_dietz_pct
        from main_metrics.performance_summary
        join scopes using (scope_type, scope_id)
        where flows = 1 and first_flow > 0 and is_always_valued
            and xirr_status = 'ok' and cagr_pct is not null
    """)
    for cagr, xirr_pct, total_return, dietz in rows:
        assert xirr_pct == pytest.approx(cagr, rel=1e-9, abs=1e-9)
        assert dietz == pytest.approx(total_return, rel=1e-9, abs=1e-9)
    if world.name == "eventful_world":
        assert rows
