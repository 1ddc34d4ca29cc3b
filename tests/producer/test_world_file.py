"""The settings of a world are read from a file; a wrong one is refused by file, line and name."""

import re
from collections.abc import Iterator
from dataclasses import asdict, fields, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from producer.simulation import KINDS, World, WorldConfig, WorldConfigError, read_world, simulate
from producer.simulation.catalogue import Catalogue
from producer.simulation.config import DEFAULT_WORLD, Style
from producer.simulation.settings import Rule, Settings

WORLD = read_world()
SHORT = read_world(end=date(2024, 3, 28), symbols=12)
NOW = datetime.fromisoformat("2026-03-02T12:00")


def read(tmp_path: Path, text: str | bytes, **arguments: Any) -> WorldConfig:
    file = tmp_path / "mine.yml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_world(file, **arguments)


def simulated(config: WorldConfig) -> World:
    return simulate(config, clock=lambda: NOW)


# ---------------------------------------------------------------- what is read
def test_the_default_world_is_what_a_yaml_reader_finds_in_the_file() -> None:
    """Our reader decides by type; for this file it must agree with YAML's own."""
    plain = yaml.safe_load(DEFAULT_WORLD.read_text("utf-8"))
    ours = asdict(WORLD)
    for name in ("sectors", "instruments", "agents"):
        ours[name] = list(ours[name])
    assert ours == plain
    assert list(ours) == list(plain), "settings stand in one order"


def test_what_a_file_leaves_out_is_as_in_the_default_world(tmp_path: Path) -> None:
    config = read(tmp_path, "accounts: 7\nprices:\n  arch: 0.05\n")
    assert config == replace(WORLD, accounts=7, prices=replace(WORLD.prices, arch=0.05))


def test_an_argument_has_precedence_over_the_file(tmp_path: Path) -> None:
    # The file alone would end before it starts.
    config = read(tmp_path, "start: 2026-01-05\naccounts: 7\n", end=date(2026, 2, 2), accounts=2)
    assert (config.start, config.end, config.accounts) == (date(2026, 1, 5), date(2026, 2, 2), 2)


def test_a_text_stays_a_text_and_a_number_may_be_grouped(tmp_path: Path) -> None:
    """YAML 1.1 takes ON for true and 1e3 for a text."""
    config = read(
        tmp_path,
        "instruments:\n"
        "  - {symbol: ON, name: 2024, sector: Energy, start_price: 1e2,"
        " annual_volatility: 0.3, average_daily_volume: 1_000_000}\n",
    )
    (listing,) = config.instruments
    assert (listing.symbol, listing.name, listing.start_price) == ("ON", "2024", 100.0)
    assert listing.average_daily_volume == 1_000_000


def test_settings_decide_the_world(tmp_path: Path) -> None:
    config = read(
        tmp_path,
        """
start: 2024-01-02
end: 2024-03-28
accounts: 3
symbols: 2
currency: EUR
calendar: 24x7
initial_capital: 2_000
sectors: [Shipping]
instruments:
  - {symbol: SHIP, name: Ship, sector: Shipping, start_price: 10.0, annual_volatility: 0.2,
     average_daily_volume: 5_000}
agents:
  - {style: momentum, desk: trend, lowest: 0.0, highest: 1.0, gross_exposure: 0.5}
  - {style: momentum, desk: bold, lowest: -1.0, highest: 1.0, gross_exposure: 4.0}
cash: {deposits_per_year: 0, withdrawals_per_year: 0, custody_fee: 7}
""",
    )
    world = simulated(config)
    instruments, accounts = world.instruments.to_pylist(), world.accounts.to_pylist()
    assert [(row["symbol"], row["sector"]) for row in instruments] == [
        ("SHIP", "Shipping"),
        ("SYM002", "Shipping"),
    ]
    assert [row["desk"] for row in accounts] == ["trend", "bold", "trend"]
    for rows in (instruments, accounts, world.prices.to_pylist(), world.trades.to_pylist()):
        assert {row.get("currency") or row["base_currency"] for row in rows} == {"EUR"}
    assert {row["calendar"] for row in instruments + accounts} == {"24x7"}
    assert len(world.market.days) == 88 - 1, "each day from 2 January to 28 March"
    cash = world.cash_events.to_pylist()
    assert {row["amount"] for row in cash if row["type"] == "DEPOSIT"} == {2_000}
    assert {row["type"] for row in cash} == {"DEPOSIT", "INTEREST"}, "a quarter has not begun"
    assert any(
        row["account_id"] == "ACC002" and row["side"] == "SELL" for row in world.trades.to_pylist()
    )


def changed(settings: Settings, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each setting changed by itself: its name and all settings with that change."""
    others = {
        "calendar": "24x7",
        "currency": "EUR",
        "locale": "de_DE",
        "sector": "Energy",
        "style": Style.MEAN_REVERSION,
        "end": date(2024, 12, 30),
        "start": date(2024, 1, 3),
    }
    for each in fields(settings):  # type: ignore[arg-type]
        name, value = each.name, getattr(settings, each.name)
        match value:
            case _ if name in others:
                variants = [(path + name, others[name])]
            case Settings():
                variants = list(changed(value, f"{path}{name}."))
            case (*most, Settings() as last):
                variants = [(which, (*most, new)) for which, new in changed(last, f"{path}{name}.")]
            case tuple():
                variants = [(path + name, value[::-1])]
            case str():
                variants = [(path + name, f"{value}X")]
            case _:
                variants = [(path + name, type(value)(value / 2))]
        yield from (
            (which, replace(cast("Any", settings), **{name: new})) for which, new in variants
        )


BASE = read_world(
    end=date(2024, 12, 31),
    accounts=2,
    symbols=12,
    agents=WORLD.agents[:2],
    trading=replace(WORLD.trading, largest_breadth=10),
)
CHANGED = dict(changed(BASE))


@pytest.fixture(scope="module")
def tables_of_base() -> dict[str, list[Any]]:
    return {kind: simulated(BASE).table(kind).to_pylist() for kind in KINDS}


@pytest.mark.parametrize("name", CHANGED)
def test_each_setting_changes_the_world(name: str, tables_of_base: dict[str, list[Any]]) -> None:
    world = simulated(CHANGED[name])
    assert any(world.table(kind).to_pylist() != tables_of_base[kind] for kind in KINDS)
    assert world.config.world_id != BASE.world_id


def test_other_settings_are_another_world_by_name(tmp_path: Path) -> None:
    other = read(tmp_path, "cash: {custody_fee: 31}\n")
    assert other.world_id != WORLD.world_id
    assert read(tmp_path, "accounts: 3\n").world_id == WORLD.world_id
    assert replace(WORLD, trades_per_day=5).world_id == WORLD.world_id, "5 and 5.0 are equal"


# ---------------------------------------------------------------- what is refused
LISTING = (
    "instruments:\n- {symbol: A, name: A, sector: Energy, start_price: 1, annual_volatility: 0.3,"
    " average_daily_volume: 9}\n"
)
WRONG = [
    # the text, the line and the words, the example
    ("symbl: 4", "1: unknown setting 'symbl', the nearest known one is symbols", "symbols: 10"),
    (
        "seed: 1\nprices:\n  jump_per_year: 2",
        "3: unknown setting 'prices.jump_per_year', the nearest known one is prices.jumps_per_year",
        "jumps_per_year: 2.0",
    ),
    ("<<: {seed: 1}", "1: unknown setting '<<'", ""),
    ("seed: 1\nseed: 2", "2: seed is there twice", "seed: 42"),
    ("\naccounts: many", "2: accounts must be a whole number, got 'many'", "accounts: 3"),
    ("accounts: 2.5", "1: accounts must be a whole number, got '2.5'", "accounts: 3"),
    ("accounts:", "1: accounts must be a whole number, got nothing", "accounts: 3"),
    ("accounts: [1]", "1: accounts must be a whole number, got a list", "accounts: 3"),
    ("accounts: 0", "1: accounts must be 1 or more, got 0", "accounts: 3"),
    ("locale: ~", "1: locale must be a text, got '~'", "locale: en_US"),
    ("locale: en_UX", "1: locale must be one of 1.. known ones, the nearest is en_", "en_US"),
    (
        "calendar: LSE",
        "1: calendar must be one of 1.. known ones, the nearest is XTSE, got 'LSE'",
        "calendar: NYSE",
    ),
    ("currency: usd", "1: currency must be a currency code, got 'usd'", "currency: USD"),
    ("start: 2024-02-30", "1: start must be a day, got '2024-02-30'", "start: 2024-01-02"),
    ("start: 02/01/2024", "1: start must be a day", "start: 2024-01-02"),
    ("start: 1899-12-31", "1: start must not lie before 1900-01-01", "start: 2024-01-02"),
    ("end: 2023-12-31", "1: start must not lie after end, got 2024-01-02 and 2023-12-31", "end: "),
    ("trades_per_day: .nan", "1: trades_per_day must be a number, got '.nan'", "5.0"),
    ("trades_per_day: nan", "1: trades_per_day must be 0 or more and 100000 or less", "5.0"),
    ("prices: 5", "1: prices must hold settings, got '5'", "annual_drift: 0.07"),
    ("prices: {arch: 0.2}", "1: prices.arch and garch must be below 1 together", "arch: 0.09"),
    ("prices:\n  market_share: 0.8", "2: prices.market_share and sector_share must be 1", "0.25"),
    ("sectors: Energy", "1: sectors must be a list, got 'Energy'", "[Energy, Financials]"),
    ("sectors: []", "1: sectors must not be empty", "[Energy, Financials]"),
    ("sectors: [Energy]", "1: instruments must be of one of the sectors", "[Energy, Financials]"),
    ('sectors: [Energy, "a\\tb"]', "1: sectors must be a text without control characters", ""),
    ("instruments:\n- AAPL", "2: instruments must hold settings, got 'AAPL'", "symbol: AAPL"),
    ("instruments:\n- symbol: A", "2: instruments.name is missing", "name: Apple Inc."),
    (
        LISTING.replace("start_price: 1", "start_price: -1"),
        "2: instruments.start_price must be 0.01 or more and 1000000 or less, got -1.0",
        "start_price: 185.0",
    ),
    (LISTING.replace("Energy", "Enrgy"), "2: instruments must be of one of the sectors", ""),
    (LISTING + LISTING.split("\n")[1], "2: instruments must hold a symbol once, got A twice", ""),
    (LISTING.replace("symbol: A", "symbol: SYM7"), "2: instruments must leave SYM", ""),
    (
        "agents:\n- {style: long, desk: a, lowest: 0, highest: 1, gross_exposure: 1}",
        "2: agents.style must be one of long only, momentum, long-short, mean reversion",
        "style: long only",
    ),
    (
        "agents:\n- {style: momentum, desk: a, lowest: 1, highest: 0, gross_exposure: 1}",
        "2: agents.lowest must not lie after highest, got 1.0 and 0.0",
        "lowest: -1.0",
    ),
    ("cash: {smallest_flow: 9_000_000}", "1: cash.smallest_flow must not lie after", "1_000"),
    ("- a\n- b", "1: the file must hold settings, got a list", "start: 2024-01-02"),
    ("seed: &a [*a]", "1: seed must be a whole number, got a list", "seed: 42"),
    ("seed: !!python/object/apply:os.getcwd []", "1: seed must be a whole number", "seed: 42"),
    ("seed: " + "9" * 5_000, "1: seed must be a whole number", "seed: 42"),
    (
        "accounts: 2\n  symbols: 4",
        "2: not YAML: mapping values are not allowed here",
        "accounts: 3",
    ),
    ("accounts: [", "1: not YAML: ", "accounts: 3"),
    ("seed: 1\n---\nseed: 2", "2: not YAML: but found another document", "accounts: 3"),
]


@pytest.mark.parametrize(("text", "fault", "example"), WRONG, ids=lambda text: text[:30])
def test_a_wrong_file_is_refused_by_name_line_setting_and_example(
    tmp_path: Path, text: str, fault: str, example: str
) -> None:
    with pytest.raises(WorldConfigError) as refused:
        read(tmp_path, text)
    line, _, words = fault.partition(":")
    message = str(refused.value)
    assert message.startswith(f"{tmp_path / 'mine.yml'}, line {line}:"), message
    assert re.search(re.escape(words).replace(r"1\.\.", r"\d+"), message), message
    assert example in message.split("write for example ")[1]
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("", "holds no settings"),
        ("# accounts: 3\n", "holds no settings"),
        (b"accounts: \xff\n", "not YAML"),
        (b"accounts: \x00\n", "not YAML"),
        ("[" * 5_000, "not YAML"),
    ],
    ids=["empty", "comments", "not UTF-8", "control character", "deep"],
)
def test_a_file_that_is_no_settings_is_refused_by_name(
    tmp_path: Path, content: str | bytes, named: str
) -> None:
    with pytest.raises(WorldConfigError, match=rf"mine\.yml: {named}.*accounts: 3"):
        read(tmp_path, content)


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(WorldConfigError, match=r"other\.yml: No such file"):
        read_world(tmp_path / "other.yml")
    with pytest.raises(WorldConfigError, match="Is a directory"):
        read_world(tmp_path)


def test_an_argument_is_refused_by_its_own_name_and_no_line(tmp_path: Path) -> None:
    for arguments in ({"accounts": 0}, {"end": date(2023, 1, 1)}):
        with pytest.raises(WorldConfigError) as refused:
            read(tmp_path, "start: 2024-01-02\naccounts: 2\n", **arguments)
        assert "mine.yml" not in str(refused.value)
        assert next(iter(arguments)) in str(refused.value)


def test_a_limit_itself_is_allowed() -> None:
    rule = Rule(example="1", least=0, most=1)
    assert [rule.fault(value) for value in (0, 1, 0.5)] == [None] * 3
    assert rule.fault(float("inf"))
    assert Rule(example="1", above=0).fault(0) == "must be above 0, got 0"


# ---------------------------------------------------------------- names
def test_names_of_the_default_world_stay_what_they_are() -> None:
    """Faker is pinned; another version that names otherwise needs a new MODEL_VERSION."""
    catalogue = Catalogue(SHORT)
    assert [(client.name, client.owner) for client in catalogue.clients()] == [
        ("Ruiz PLC (long only)", "William Perez"),
        ("Hansen, Jimenez and Adams (momentum)", "Neil Harris"),
        ("Wright Ltd (long-short)", "Thomas Williams"),
    ]
    assert [listing.name for listing in catalogue.listings()[10:]] == [
        "Rios-Jimenez",
        "Barajas-Williams",
    ]


def test_another_account_or_symbol_renames_nobody() -> None:
    small, large = (
        simulated(replace(SHORT, accounts=accounts, symbols=symbols))
        for accounts, symbols in ((3, 12), (9, 30))
    )
    assert large.accounts.to_pylist()[:3] == small.accounts.to_pylist()
    assert large.instruments.to_pylist()[:12] == small.instruments.to_pylist()


def test_a_seed_or_locale_changes_names_and_a_locale_nothing_else() -> None:
    def names(config: WorldConfig) -> list[str]:
        return [client.owner for client in Catalogue(config).clients()]

    other = replace(SHORT, locale="de_DE")
    assert not set(names(SHORT)) & set(names(replace(SHORT, seed=1)))
    assert not set(names(SHORT)) & set(names(other))
    ours, theirs = simulated(SHORT), simulated(other)
    for kind in ("prices", "cash_events", "trades"):
        assert ours.table(kind).equals(theirs.table(kind))
    for kind, named in (("accounts", ["name", "owner"]), ("instruments", ["name"])):
        assert ours.table(kind).drop_columns(named).equals(theirs.table(kind).drop_columns(named))
    assert len(set(names(replace(SHORT, accounts=50)))) > 45, "not all have one name"
