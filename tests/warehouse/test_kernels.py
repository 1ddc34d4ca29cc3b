"""The kernel of the historical simulation, as a pure function."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Template
from numpy.typing import NDArray

from kernels.historical_simulation import DATES_PER_BLOCK, TailLosses, tail_length, worst_losses
from tests.variables import PROJECT_FILE, VARIABLES

Floats = NDArray[np.float64]
MACROS = PROJECT_FILE.parent / "macros" / "finance"
WINDOW = VARIABLES["var_window"]
TAIL = tail_length(WINDOW, VARIABLES["confidence_levels"])


def run(
    market_values: Floats,
    scenario_returns: Floats,
    known: list[int],
    *,
    is_proxied: NDArray[np.bool_] | None = None,
    window: int = WINDOW,
    tail: int = TAIL,
) -> TailLosses:
    """Call the kernel; no return is a proxy's unless it is said."""
    if is_proxied is None:
        is_proxied = np.zeros(scenario_returns.shape, dtype=bool)
    return worst_losses(
        market_values,
        scenario_returns,
        is_proxied,
        np.array(known, dtype=np.int64),
        window=window,
        tail=tail,
    )


def naive_losses(held: Floats, returns: Floats, known: int, window: int) -> list[float]:
    """All losses of one day, worst first, in plain loops."""
    losses = []
    for scenario in range(max(0, known - window), known):
        loss = 0.0
        for symbol in range(len(held)):
            loss -= float(held[symbol] * returns[scenario, symbol])
        losses.append(loss)
    return sorted(losses, reverse=True)


@pytest.mark.parametrize(
    ("window", "levels", "tail"),
    [(250, [95, 97.5, 99], 13), (250, [99], 3), (3, [60], 2), (1000, [99.9], 2), (250, [97.5], 7)],
)
def test_a_tail_is_as_long_in_sql_as_in_the_kernel(
    window: int, levels: list[float], tail: int
) -> None:
    macro = (MACROS / "tail_length.sql").read_text("utf-8")
    variables = {"var_window": window, "confidence_levels": levels}
    rendered = Template(macro + "{{ tail_length() }}").render(var=variables.get)
    assert int(rendered) == tail_length(window, levels) == tail


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Floats, Floats, NDArray[np.bool_], list[int], int, int]:
    """Holdings, scenarios, proxies, scenarios known, window, tail; drawn small."""
    days, symbols, scenarios = draw(
        st.tuples(st.integers(1, 6), st.integers(1, 4), st.integers(0, 20))
    )
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    held = random.normal(0, 1e5, (days, symbols)).round(2)
    held[random.random(held.shape) < 0.2] = 0
    # Few different values, so that losses tie.
    returns = random.integers(-5, 6, (scenarios, symbols)) / draw(st.sampled_from([64, 300]))
    proxied = random.random(returns.shape) < draw(st.sampled_from([0.0, 0.3, 1.0]))
    known = sorted(random.integers(0, scenarios + 1, days).tolist())
    return held, returns, proxied, known, draw(st.integers(1, 25)), draw(st.integers(1, 25))


@settings(max_examples=150, deadline=None)
@given(worlds())
def test_it_equals_a_naive_loop(
    drawn: tuple[Floats, Floats, NDArray[np.bool_], list[int], int, int],
) -> None:
    held, returns, proxied, known, window, tail = drawn
    tails = run(held, returns, known, is_proxied=proxied, window=window, tail=tail)
    for day, holdings in enumerate(held):
        losses = naive_losses(holdings, returns, known[day], window)
        gross = float(np.abs(holdings).sum())
        assert tails.observation_count[day] == len(losses) == min(known[day], window)
        assert len(tails.worst_losses[day]) == min(len(losses), tail)
        np.testing.assert_allclose(
            tails.worst_losses[day], losses[:tail], rtol=1e-9, atol=1e-12 * max(gross, 1)
        )
        of_window = proxied[known[day] - len(losses) : known[day]]
        share = (
            100 * float((of_window @ np.abs(holdings)).mean()) / gross if gross and losses else 0
        )
        assert tails.proxied_pct[day] == pytest.approx(share)
        is_constant = bool(losses) and losses[0] - losses[-1] <= 1e-12 * gross
        assert tails.is_constant[day] == is_constant


def test_losses_come_worst_first_and_a_gain_is_a_negative_loss() -> None:
    tails = run(np.array([[100.0]]), np.array([[0.5], [-0.25], [0.125]]), [3])
    assert tails.worst_losses[0].tolist() == [25, -12.5, -50]


def test_a_long_and_a_short_offset_each_other() -> None:
    tails = run(np.array([[100.0, -100.0]]), np.array([[0.5, 0.5], [0.25, 0.5]]), [2])
    assert tails.worst_losses[0].tolist() == [25, 0]


def test_ties_are_kept_as_often_as_they_are() -> None:
    returns = np.array([[-0.5], [-0.5], [-0.5], [0.25], [-0.25]])
    assert run(np.array([[4.0]]), returns, [5], tail=4).worst_losses[0].tolist() == [2, 2, 2, 1]


def test_a_window_shorter_than_the_history_forgets_the_oldest() -> None:
    returns = np.array([[-0.5], [-0.25], [-0.125]])
    tails = run(np.array([[8.0], [8.0]]), returns, [2, 3], window=2)
    assert [losses.tolist() for losses in tails.worst_losses] == [[4, 2], [2, 1]]


def test_a_day_does_not_see_the_scenarios_after_it() -> None:
    calm, crash = [0.0], [-0.9]
    tails = run(np.array([[10.0], [10.0]]), np.array([calm, calm, crash]), [2, 3])
    assert tails.worst_losses[0].tolist() == [0, 0]
    assert tails.worst_losses[1][0] == pytest.approx(9)


@pytest.mark.parametrize("days", [DATES_PER_BLOCK - 1, DATES_PER_BLOCK, 2 * DATES_PER_BLOCK + 1])
def test_blocks_of_days_leave_no_seam(days: int) -> None:
    random = np.random.default_rng(5)
    held, returns = random.normal(0, 100, (days, 3)), random.normal(0, 0.02, (days + 40, 3))
    known = [day + 10 for day in range(days)]
    tails = run(held, returns, known, window=30, tail=4)
    for day in range(days):
        expected = naive_losses(held[day], returns, known[day], 30)[:4]
        np.testing.assert_allclose(tails.worst_losses[day], expected, rtol=1e-9, atol=1e-10)


def test_holding_nothing_is_a_constant_nothing_and_no_negative_zero() -> None:
    tails = run(np.zeros((1, 2)), np.array([[0.5, -0.5], [0.25, 0.0]]), [2])
    assert tails.worst_losses[0].tolist() == [0, 0]
    assert not np.signbit(tails.worst_losses[0]).any()
    assert tails.is_constant.tolist() == [True]
    assert tails.proxied_pct.tolist() == [0]


def test_no_scenario_gives_an_empty_tail_and_no_nan() -> None:
    tails = run(np.array([[5.0]]), np.empty((0, 1)), [0])
    assert tails.observation_count.tolist() == [0]
    assert tails.worst_losses[0].tolist() == []
    assert tails.is_constant.tolist() == [False]
    assert tails.proxied_pct.tolist() == [0]


def test_no_day_gives_nothing() -> None:
    tails = run(np.empty((0, 1)), np.array([[0.5]]), [])
    assert len(tails.observation_count) == len(tails.worst_losses) == 0


def test_the_proxied_part_is_of_the_gross_value() -> None:
    is_proxied = np.array([[False, True], [False, False]])
    tails = run(np.array([[300.0, -100.0]]), np.zeros((2, 2)), [2], is_proxied=is_proxied)
    assert tails.proxied_pct.tolist() == [100 * 100 / 800]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"scenario_returns": np.zeros((3, 1))}, "one column per symbol"),
        ({"is_proxied": np.zeros((2, 2), dtype=bool)}, "one column per symbol"),
        ({"scenarios_known": np.array([3])}, "one entry per day"),
        ({"window": 0}, "1 or more"),
        ({"tail": 0}, "1 or more"),
    ],
)
def test_shapes_and_limits_that_do_not_fit_are_refused(
    change: dict[str, object], complaint: str
) -> None:
    arguments: dict[str, object] = {
        "market_values": np.zeros((2, 2)),
        "scenario_returns": np.zeros((3, 2)),
        "is_proxied": np.zeros((3, 2), dtype=bool),
        "scenarios_known": np.array([2, 3]),
        "window": WINDOW,
        "tail": TAIL,
    }
    with pytest.raises(ValueError, match=complaint):
        worst_losses(**(arguments | change))  # type: ignore[arg-type]
