"""Random histories: books to which everything happens, and of which everything is reported badly.

A history is made in two steps. First what was true: prices, rates, corporate actions, trades and
cash of about sixty days. Then how it was reported: late, twice, wrongly and corrected, cancelled,
taken back before it was said. Every row carries the moment at which it became known, so a history
can be delivered piece by piece, or cut at any moment.

The same seed gives the same rows. In a packed history every account has symbols of its own, so
that many histories lie side by side in one warehouse; else all accounts trade the same symbols.
"""

from __future__ import annotations

import itertools
import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from tests.warehouse.building import Load
from tests.warehouse.raw_rows import Raw, all_days, trading_days

FIRST_DAY = "2024-01-02"
DESCRIPTIONS = ("instruments", "accounts")
CURRENCIES = ("USD", "EUR", "GBP")
DESKS = ("alpha", "beta", "gamma", None)
SECTORS = ("Energy", "Financials", "Technology", None)
RATIOS = ("2:1", "3:2", "1:3", "1:10", "7:5", "1.5", "0.25")
RATES = {("EUR", "USD"): 1.08, ("USD", "GBP"): 0.79}
"""The third pair goes through USD, half of it inverted, until rates of its own come up."""
OWN_RATE = {("EUR", "GBP"): 0.853}
UNIT = 10**8
"""Quantities are kept as whole numbers of their smallest part."""

MakeRow = Callable[[], Raw]


@dataclass(frozen=True)
class Shape:
    """How large a history is."""

    accounts: int
    days: int
    """Trading days."""
    symbols: int = 3
    """Of each account where every account has its own, else of all accounts together."""
    are_symbols_shared: bool = False
    are_descriptions_late: bool = True
    """Whether anything about instruments and accounts is reported after the first day."""


@dataclass(frozen=True)
class History:
    """All rows of a history, and its trading days."""

    rows: Sequence[tuple[str, Raw]]
    """Kind and row, in the order in which they became known."""
    days: Sequence[str]

    def loads(self) -> list[Load]:
        """Everything as one file of each kind."""
        return _files(self.rows)

    def known_at(self, moment: str) -> list[Load]:
        """What was known at a moment, as one file of each kind."""
        return _files((kind, row) for kind, row in self.rows if str(row["ingested_at"]) <= moment)

    def deliveries(self, count: int = 4) -> list[list[Load]]:
        """The rows cut into deliveries, in the order in which they became known.

        The days are spread over all deliveries but the last: that brings no new day, and only what
        was reported of the old ones when they were over.
        """
        ends = [
            self.days[len(self.days) * number // (count - 1) - 1] + " 23:59:59"
            for number in range(1, count)
        ]
        cut: list[list[tuple[str, Raw]]] = [[] for _ in range(count)]
        for kind, row in self.rows:
            cut[sum(str(row["ingested_at"]) > end for end in ends)].append((kind, row))
        return [_files(rows) for rows in cut]

    def moments(self) -> list[str]:
        """When something became known, in order, each moment once."""
        return list(dict.fromkeys(str(row["ingested_at"]) for _, row in self.rows))


def random_history(seed: int, shape: Shape) -> History:
    """A history; the same seed and shape give the same rows."""
    last = date.fromisoformat(FIRST_DAY) + timedelta(days=2 * shape.days + 10)
    days = trading_days(FIRST_DAY, last.isoformat())[: shape.days]
    dice = _Dice(f"{seed}", days)
    rows = [("fx_rates", row) for row in _rates(dice)]
    names = [f"A{number:03d}" for number in range(shape.accounts)]
    shared = _Market(dice.of("market"), "", shape.symbols) if shape.are_symbols_shared else None
    for name in names:
        own = dice.of(name)
        market = shared or _Market(own, f"{name}_", shape.symbols)
        rows += _Book(own, name, market, names if shared else [name]).rows()
        rows += [] if shared else market.rows()
    rows += shared.rows() if shared else []
    rows += _transfers(dice.of("transfers"), names)
    if not shape.are_descriptions_late:
        rows = [row for row in rows if row[0] not in DESCRIPTIONS or _is_early(row[1])]
    return History(sorted(rows, key=_known), days)


def _known(row: tuple[str, Raw]) -> str:
    return str(row[1]["ingested_at"])


def _is_early(row: Raw) -> bool:
    return str(row["ingested_at"]) <= FIRST_DAY


def _files(rows: Iterable[tuple[str, Raw]]) -> list[Load]:
    files: dict[str, list[Raw]] = defaultdict(list)
    for kind, row in rows:
        files[kind].append(row)
    return list(files.items())


# ------------------------------------------------------------------ chance


class _Dice(random.Random):
    """Chance that knows the days of the history."""

    def __init__(self, seed: str, days: Sequence[str]) -> None:
        super().__init__(seed)
        self.name = seed
        self.days = days
        self.all_days = all_days(days[0], days[-1])

    def of(self, name: str) -> _Dice:
        """Dice of one's own: what others throw does not matter."""
        return _Dice(f"{self.name}/{name}", self.days)

    def happens(self, chance: float) -> bool:
        """True with this chance."""
        return self.random() < chance

    def later(self, moment: datetime, days: float = 20) -> datetime:
        """A moment up to some days later."""
        return moment + timedelta(seconds=self.randint(60, int(86_400 * days)))

    def other(self, value: object, values: Sequence[str | None]) -> str | None:
        """Another one of some values."""
        return self.choice([each for each in values if each != value])

    def decimals(self, value: float, *places: int) -> str:
        """A number with one of some numbers of decimal places."""
        return f"{value:.{self.choice(places)}f}"


def _at(day: str, hour: int = 12, minute: int = 0) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, minute=minute)


def _text(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="seconds")


@dataclass(frozen=True)
class _Reporter:
    """Reports one event, well or badly."""

    dice: _Dice
    identity: Sequence[str]
    """Columns that name the event."""
    truth: Raw
    """The row that stands in the end, if the event does."""
    wrong: MakeRow
    """Makes another row of the same event."""

    def reported(self, happened: datetime, trouble: float) -> tuple[list[Raw], bool]:
        """The rows reported, and whether the event stands in the end.

        Args:
            happened: When it could be known at the earliest.
            trouble: Chance of anything but one row reported once.
        """
        dice = self.dice
        known = dice.later(happened, 20 if dice.happens(0.12) else 0.2)
        if not dice.happens(trouble):
            return [self._state(1, self.truth, known)], True
        moments = sorted([known, dice.later(known), dice.later(known)])
        match dice.choice(["corrected"] * 4 + ["cancelled"] * 3 + ["repeated", "contradicted"]):
            case "corrected":
                return self._corrected(moments), True
            case "cancelled":
                return self._cancelled(*moments)
            case "repeated":
                return [self._state(1, self.truth, moment) for moment in moments[:2]], True
            case _:
                first, second, _ = moments
                return [
                    self._state(1, self.truth, first),
                    self._state(1, self.wrong(), second),
                ], True

    def _corrected(self, moments: list[datetime]) -> list[Raw]:
        rows = [self.wrong(), self.truth]
        if self.dice.happens(0.3):
            rows.insert(0, self.wrong())
        if self.dice.happens(0.3):
            self.dice.shuffle(moments)  # reported out of order
        return [
            self._state(version, row, moment)
            for version, (row, moment) in enumerate(zip(rows, moments, strict=False), start=1)
        ]

    def _cancelled(
        self, first: datetime, second: datetime, third: datetime
    ) -> tuple[list[Raw], bool]:
        if self.dice.happens(0.25):  # taken back before it was said
            return [self._cancel(2, first), self._state(1, self.truth, second)], False
        rows = [self._state(1, self.truth, first), self._cancel(2, second)]
        if self.dice.happens(0.25):  # redelivered after its cancel
            return [*rows, self._state(1, self.truth, third)], False
        if self.dice.happens(0.2):  # booked again
            return [*rows, self._state(3, self.truth, third)], True
        return rows, False

    def _state(self, version: int, row: Raw, moment: datetime) -> Raw:
        kind = "NEW" if version == 1 else "CORRECT"
        return row | {"event_type": kind, "version": version, "ingested_at": _text(moment)}

    def _cancel(self, version: int, moment: datetime) -> Raw:
        named = {name: self.truth[name] for name in self.identity}
        return named | {
            "event_type": "CANCEL",
            "version": version,
            "ingested_at": _text(moment),
        }


# ------------------------------------------------------------------ markets


@dataclass(frozen=True)
class _Action:
    """A corporate action that stands in the end."""

    symbol: str
    day: str
    kind: str
    new_shares: int = 1
    old_shares: int = 1
    new_symbol: str = ""
    action_id: str = ""


@dataclass
class _Instrument:
    """A symbol as it truly is."""

    symbol: str
    currency: str
    multiplier: int = 1
    prices: dict[str, float] = field(default_factory=dict)
    """By day, weekends included; from the first day on."""


class _Market:
    """Symbols with their prices and corporate actions."""

    def __init__(self, dice: _Dice, prefix: str, count: int) -> None:
        self._dice = dice
        self._rows: list[tuple[str, Raw]] = []
        self.actions: list[_Action] = []
        self.currencies = ("USD",) if dice.happens(0.4) else CURRENCIES
        self.instruments = {
            symbol: self._instrument(symbol)
            for symbol in (f"{prefix}S{number}" for number in range(1, count + 1))
        }
        for symbol in list(self.instruments):
            self._add_splits(symbol)
            self._add_payments(symbol)
        if dice.happens(0.2):
            self._add_successor("SPINOFF")
        if dice.happens(0.15):
            self._add_successor("SYMBOL_CHANGE")
        for instrument in self.instruments.values():
            self._tell_prices(instrument)

    def rows(self) -> list[tuple[str, Raw]]:
        """What is reported of it."""
        return self._rows

    def _instrument(self, symbol: str, currency: str = "", price: float = 0) -> _Instrument:
        dice = self._dice
        is_described = dice.happens(0.9)
        instrument = _Instrument(
            symbol,
            currency or (dice.choice(self.currencies) if is_described else "USD"),
            dice.choice([1] * 18 + [10, 100]) if is_described else 1,
        )
        price = price or dice.uniform(5, 200)
        for day in dice.all_days:
            instrument.prices[day] = price
            price = min(max(price * (1 + dice.gauss(0, 0.02)), 0.5), 1000)
        if is_described:
            self._describe(instrument)
        return instrument

    def _describe(self, instrument: _Instrument) -> None:
        dice = self._dice
        row: Raw = {
            "symbol": instrument.symbol,
            "asset_class": dice.choice(["EQUITY", "EQUITY", "ETF", None]),
            "sector": dice.choice(SECTORS),
            "currency": instrument.currency,
            "multiplier": instrument.multiplier,
            "ingested_at": "2000-01-01 00:00:00",
        }
        states = [row]
        if dice.happens(0.1):  # described only when it was long traded
            row["ingested_at"] = _text(dice.later(_at(dice.choice(dice.days))))
        changes: list[Raw] = []
        if dice.happens(0.08):
            changes.append({"sector": dice.other(row["sector"], SECTORS)})
        if dice.happens(0.03):
            currency = dice.other(instrument.currency, CURRENCIES)
            changes.append(dice.choice([{"multiplier": 25}, {"currency": currency}]))
        for change in changes:
            known = _text(dice.later(_at(dice.choice(dice.days))))
            states.append(row | change | {"ingested_at": known})
        self._rows += [("instruments", each) for each in states]

    def _add(self, action: _Action, happened: datetime, truth: Raw, wrong: MakeRow) -> bool:
        key: Raw = {
            "symbol": action.symbol,
            "ex_date": action.day,
            "type": action.kind,
            "action_id": action.action_id,
        }
        reporter = _Reporter(self._dice, tuple(key), key | truth, lambda: key | wrong())
        rows, stands = reporter.reported(happened, trouble=0.4)
        self._rows += [("corporate_actions", row) for row in rows]
        if stands:
            self.actions.append(action)
        return stands

    def _some_day(self) -> str:
        """Not among the first days; sometimes the exchange is closed."""
        days = self._dice.all_days if self._dice.happens(0.1) else self._dice.days
        return self._dice.choice(days[len(days) // 6 :])

    def _known_from(self, day: str) -> datetime:
        early = _at(day) - timedelta(days=self._dice.randint(1, 6))
        return max(_at(FIRST_DAY), _at(day) if self._dice.happens(0.5) else early)

    def _add_splits(self, symbol: str) -> None:
        dice = self._dice
        days = [self._some_day() for _ in range(dice.choice([0, 0, 0, 1, 1, 2]))]
        if days and dice.happens(0.1):
            days.append(days[0])  # two on one day
        for number, day in enumerate(sorted(days)):
            ratio = dice.choice(RATIOS)
            new, old = _shares(ratio)
            stands = self._add(
                _Action(symbol, day, "SPLIT", new, old, action_id=f"{number}" if number else ""),
                self._known_from(day),
                {"ratio": ratio},
                lambda: {"ratio": dice.choice(RATIOS)},
            )
            prices = self.instruments[symbol].prices
            for later in [each for each in prices if stands and each >= day]:
                prices[later] *= old / new

    def _add_payments(self, symbol: str) -> None:
        """Dividends and returns of capital; some in another currency, some two of one day."""
        dice = self._dice
        split_days = [each.day for each in self.actions if each.symbol == symbol]
        instrument = self.instruments[symbol]
        days = [self._some_day() for _ in range(dice.choice([0, 0, 1, 1, 2]))]
        if split_days and dice.happens(0.3):
            days.append(split_days[0])
        if days and dice.happens(0.15):
            days.append(days[0])
        for number, day in enumerate(sorted(days)):
            price = instrument.prices[day]
            kind = "RETURN_OF_CAPITAL" if dice.happens(0.25) else "DIVIDEND"
            most = dice.choice([0.1, 0.5, 2]) if kind == "RETURN_OF_CAPITAL" else 0.02
            currencies = CURRENCIES if dice.happens(0.15) else [None, None, instrument.currency]

            def amount(
                price: float = price,
                most: float = most,
                currencies: Sequence[str | None] = currencies,
            ) -> Raw:
                return {
                    "amount": dice.decimals(price * dice.uniform(0.001, most) + 1e-4, 4, 8),
                    "currency": dice.choice(currencies),
                }

            action = _Action(symbol, day, kind, action_id="" if number == 0 else f"{number}")
            self._add(action, self._known_from(day), amount(), amount)

    def _add_successor(self, kind: str) -> None:
        dice = self._dice
        parent = self.instruments[dice.choice(list(self.instruments))]
        day, ratio = self._some_day(), dice.choice(["1:1", "1:1", "1:4", "2:1"])
        new, old = _shares(ratio)
        known = [
            each.symbol
            for each in self.instruments.values()
            if each.currency == parent.currency and each is not parent
        ]
        if known and dice.happens(0.3):
            child = dice.choice(known)
        else:
            child = f"{parent.symbol}_{'SPUN' if kind == 'SPINOFF' else 'NEW'}"
            currency = dice.choice(CURRENCIES) if dice.happens(0.1) else parent.currency
            share = 0.3 if kind == "SPINOFF" else 1
            price = min(max(parent.prices[day] * share * old / new, 0.5), 1000)
            self.instruments[child] = self._instrument(child, currency, price)

        def terms() -> Raw:
            fraction = dice.choice([None, "0.1", "0.23456789"])
            return {
                "ratio": None if kind == "SYMBOL_CHANGE" and ratio == "1:1" else ratio,
                "new_symbol": child,
                "cost_fraction": fraction if kind == "SPINOFF" else None,
            }

        self._add(
            _Action(parent.symbol, day, kind, new, old, child),
            self._known_from(day),
            terms(),
            terms,
        )

    def _tell_prices(self, instrument: _Instrument) -> None:
        """Closes with holes, a few quotes, and fixes reported much later."""
        dice = self._dice
        days = dice.days
        begin = dice.randrange(len(days) // 3) if dice.happens(0.12) else 0
        end = dice.randrange(len(days) // 2, len(days)) if dice.happens(0.05) else len(days)
        for day in days[begin:end]:
            if dice.happens(0.08):
                continue
            price = instrument.prices[day]
            row: Raw = {"symbol": instrument.symbol, "date": day, "timestamp": None}
            if dice.happens(0.05):
                row |= {"date": None, "timestamp": f"{day} {dice.randint(14, 20)}:30:00"}
            known = _at(day, 21) if dice.happens(0.97) else dice.later(_at(day, 21))
            row |= {"close": dice.decimals(price, 2, 4), "ingested_at": _text(known)}
            self._rows.append(("prices", row))
            if dice.happens(0.02):
                fixed = dice.decimals(price * dice.uniform(0.9, 1.1), 2, 10)
                fix = row | {"close": fixed, "ingested_at": _text(dice.later(known))}
                self._rows.append(("prices", fix))


def _shares(ratio: str) -> tuple[int, int]:
    """New and old shares of a ratio."""
    if ":" in ratio:
        new, old = ratio.split(":")
        return int(new), int(old)
    return int(float(ratio) * 100), 100


def _rates(dice: _Dice) -> Iterator[Raw]:
    """Rates with holes and late fixes; some on Saturdays."""
    for (base, quote), first_rate in (RATES | OWN_RATE).items():
        rate = first_rate
        days = dice.all_days[len(dice.all_days) // 2 :: 4] if base + quote == "EURGBP" else None
        for day in days or dice.all_days:
            rate *= 1 + dice.gauss(0, 0.005)
            if dice.happens(0.15) or (date.fromisoformat(day).weekday() > 4 and dice.happens(0.9)):
                continue
            known = _at(day, 20)
            row: Raw = {
                "date": day,
                "base_currency": base,
                "quote_currency": quote,
                "rate": dice.decimals(rate, 4, 10),
                "ingested_at": _text(known),
            }
            yield row
            if dice.happens(0.02):
                fixed = dice.decimals(rate * 1.01, 6)
                yield row | {"rate": fixed, "ingested_at": _text(dice.later(known))}


# ------------------------------------------------------------------ books


class _Book:
    """One account: what it held day by day, so that its trades can close exactly."""

    def __init__(
        self, dice: _Dice, account_id: str, market: _Market, accounts: Sequence[str]
    ) -> None:
        self._dice = dice
        self._account_id = account_id
        self._market = market
        self._accounts = accounts
        """To which a trade may have been booked by mistake."""
        self._held: dict[str, int] = defaultdict(int)
        self._ids = itertools.count(1)
        self._rows: list[tuple[str, Raw]] = []
        self._last_moment = _at(dice.days[0])
        self._base = dice.choice(market.currencies)
        self._rate = dice.uniform(0.3, 1.2)
        """Trades a day."""

    def rows(self) -> list[tuple[str, Raw]]:
        """What is reported of it."""
        dice = self._dice
        self._open_account()
        actions = defaultdict(list)
        for action in sorted(self._market.actions, key=lambda each: _ORDER[each.kind]):
            actions[action.day].append(action)
        trading = set(dice.days)
        for day in dice.all_days:
            for action in actions[day]:
                self._apply(action)
            if day in trading or dice.happens(0.1):
                for _ in range(int(self._rate) + dice.happens(self._rate % 1)):
                    self._trade(day)
                self._move_cash(day)
        return self._rows

    def _open_account(self) -> None:
        dice = self._dice
        if not dice.happens(0.9):
            self._base = "USD"  # nobody registers it
        else:
            row: Raw = {
                "account_id": self._account_id,
                "desk": dice.choice(DESKS),
                "base_currency": None if self._base == "USD" else self._base,
                "calendar": "24x7" if dice.happens(0.05) else None,
                "ingested_at": "2000-01-01 00:00:00",
            }
            self._rows.append(("accounts", row))
            changes: list[Raw] = []
            if dice.happens(0.06):
                changes.append({"desk": dice.other(row["desk"], DESKS)})
            if dice.happens(0.03):
                changes.append({"base_currency": dice.other(self._base, CURRENCIES)})
            for change in changes:
                known = _text(dice.later(_at(dice.choice(dice.days))))
                self._rows.append(("accounts", row | change | {"ingested_at": known}))
        first = dice.days[dice.choice([0, 0, 0, 1, len(dice.days) // 4])]
        self._cash("DEPOSIT", dice.uniform(1e5, 1e6), first)

    def _apply(self, action: _Action) -> None:
        held = self._held[action.symbol]
        received = _rounded(held * action.new_shares, action.old_shares)
        if action.kind == "SPLIT":
            self._held[action.symbol] = received
        elif action.new_symbol:
            self._held[action.new_symbol] += received
            if action.kind == "SYMBOL_CHANGE":
                self._held[action.symbol] = 0

    def _trade(self, day: str) -> None:
        dice = self._dice
        instrument = dice.choice(list(self._market.instruments.values()))
        price = max(instrument.prices[day] * dice.uniform(0.99, 1.01), 0.01)
        quantity = self._quantity(instrument, price)
        moment = _at(day, dice.randint(9, 20), dice.randint(0, 59))
        if self._last_moment.date() == moment.date() and dice.happens(0.3):
            moment = self._last_moment  # at the same moment: the id decides
        self._last_moment = moment
        trade_id = f"{self._account_id}-T{next(self._ids):04d}"
        currency = dice.choice(CURRENCIES) if dice.happens(0.02) else instrument.currency
        truth: Raw = {
            "trade_id": trade_id,
            "account_id": self._account_id,
            "symbol": instrument.symbol,
            "side": "BUY" if quantity > 0 else "SELL",
            "quantity": _decimal(abs(quantity)),
            "price": dice.decimals(price, 2, 4, 10),
            "fees": dice.choice(["0", "1", dice.decimals(dice.uniform(0, 20), 2, 8)]),
            "executed_at": _text(moment),
            "currency": currency if dice.happens(0.1) else None,
        }

        def wrong() -> Raw:
            changes: Raw = {
                "account_id": dice.choice(self._accounts),
                "symbol": dice.choice(list(self._market.instruments)),
                "side": dice.choice(["BUY", "SELL"]),
                "quantity": _decimal(max(abs(quantity) * dice.randint(1, 300) // 100, 1)),
                "price": dice.decimals(price * dice.uniform(0.8, 1.2), 2),
                "executed_at": _text(moment - timedelta(hours=dice.randint(1, 150))),
            }
            some = dice.sample(sorted(changes), dice.randint(1, 2))
            return truth | {"fees": "0.77"} | {name: changes[name] for name in some}

        rows, stands = _Reporter(dice, ("trade_id",), truth, wrong).reported(moment, trouble=0.25)
        self._rows += [("trades", row) for row in rows]
        if stands:
            self._held[instrument.symbol] += quantity
        if instrument.currency != self._base and dice.happens(0.25):
            self._convert(instrument.currency, day)

    def _quantity(self, instrument: _Instrument, price: float) -> int:
        """Signed: opens, adds, closes a part or all, or goes through zero."""
        dice = self._dice
        held = self._held[instrument.symbol]
        wanted = dice.uniform(500, 20_000) / (price * instrument.multiplier)
        places = dice.choice([0, 0, 0, 2, 8])
        part = int(UNIT // 10**places)
        size = max(int(wanted * UNIT) // part, 1) * part
        if held == 0:
            return size if dice.happens(0.7) else -size
        sign = 1 if held > 0 else -1
        match dice.choice(["add"] * 6 + ["part"] * 6 + ["all"] * 3 + ["flip"] * 3):
            case "add":
                return sign * size
            case "part":
                return -sign * max(abs(held) * dice.randint(1, 99) // 100, 1)
            case "all":
                return -held
            case _:
                return -held - sign * size

    def _cash(
        self,
        kind: str,
        amount: float,
        day: str,
        *,
        currency: str | None = None,
        transfer_id: str | None = None,
        symbol: str | None = None,
    ) -> bool:
        """Report a movement; returns whether it stands in the end."""
        dice = self._dice
        row = _cash_row(f"{self._account_id}-C{next(self._ids):04d}", self._account_id, kind, day)
        row |= {
            "amount": dice.decimals(amount, 2, 8),
            "currency": currency,
            "transfer_id": transfer_id,
            "symbol": symbol,
        }

        def wrong() -> Raw:
            return row | {"amount": dice.decimals(amount * dice.uniform(0.5, 1.5), 2)}

        rows, stands = _Reporter(dice, ("event_id",), row, wrong).reported(
            _at(day, 13), trouble=0.12
        )
        self._rows += [("cash_events", each) for each in rows]
        return stands

    def _move_cash(self, day: str) -> None:
        dice = self._dice
        currency = dice.choice([None, self._base, dice.choice(self._market.currencies)])
        if dice.happens(0.03):
            self._cash("DEPOSIT", dice.uniform(1e3, 5e4), day, currency=currency)
        if dice.happens(0.03):
            self._cash("WITHDRAWAL", dice.uniform(1e3, 3e4), day, currency=currency)
        if dice.happens(0.03):
            self._cash("INTEREST", dice.uniform(1, 200), day, currency=currency)
        if dice.happens(0.03):
            kind = ("FEE", "TAX", "REBATE")[int(day[-2:]) % 3]
            self._cash(kind, dice.uniform(1, 50), day, currency=currency)
        if dice.happens(0.01):
            self._cash("CASH_IN_LIEU", dice.uniform(1, 50), day, currency=currency)
        if dice.happens(0.05):
            self._pay_fraction(day)

    def _pay_fraction(self, day: str) -> None:
        """Cash in lieu of the fraction of a holding, if it has one."""
        dice = self._dice
        instrument = dice.choice(list(self._market.instruments.values()))
        held = self._held[instrument.symbol]
        fraction = held % UNIT if held > 0 else 0
        worth = fraction / UNIT * instrument.prices[day] * instrument.multiplier
        currency = instrument.currency if dice.happens(0.9) else None
        stands = self._cash(
            "CASH_IN_LIEU",
            worth * dice.uniform(0.9, 1.1) + 0.01,
            day,
            currency=currency,
            symbol=instrument.symbol,
        )
        if stands and (currency or self._base) == instrument.currency:
            self._held[instrument.symbol] -= fraction

    def _convert(self, currency: str, day: str) -> None:
        dice = self._dice
        dollars = {"USD": 1.0, "EUR": RATES["EUR", "USD"], "GBP": 1 / RATES["USD", "GBP"]}
        amount = dice.uniform(500, 20_000)
        received = amount * dollars[self._base] / dollars[currency] * dice.uniform(0.99, 1.01)
        transfer_id = None if dice.happens(0.05) else f"{self._account_id}-X{next(self._ids):04d}"
        self._cash("FX_OUT", amount, day, currency=self._base, transfer_id=transfer_id)
        self._cash("FX_IN", received, day, currency=currency, transfer_id=transfer_id)


_ORDER = {"SPLIT": 0, "DIVIDEND": 1, "RETURN_OF_CAPITAL": 2, "SPINOFF": 3, "SYMBOL_CHANGE": 4}


def _rounded(numerator: int, denominator: int) -> int:
    """The quotient to the nearest whole number, halves away from zero."""
    size = (2 * abs(numerator) + denominator) // (2 * denominator)
    return size if numerator > 0 else -size


def _decimal(units: int) -> str:
    return f"{units // UNIT}.{units % UNIT:08d}"


def _cash_row(event_id: str, account_id: str, kind: str, day: str) -> Raw:
    return {
        "event_id": event_id,
        "account_id": account_id,
        "type": kind,
        "timestamp": _text(_at(day, 13)),
    }


def _transfers(dice: _Dice, names: Sequence[str]) -> Iterator[tuple[str, Raw]]:
    """Money moved between two neighbours, mostly on one day; each leg is reported by itself."""
    for giver, taker in zip(names[::2], names[1::2], strict=False):
        for number in range(dice.choice([0, 1, 2])):
            transfer_id = f"{giver}-{taker}-{number}"
            amount = dice.decimals(dice.uniform(100, 5_000), 2)
            day = dice.choice(dice.all_days)
            later = dice.choice(dice.all_days) if dice.happens(0.2) else day
            legs: Mapping[str, tuple[str, str]] = {
                "TRANSFER_OUT": (giver, day),
                "TRANSFER_IN": (taker, later),
            }
            for kind, (account_id, when) in legs.items():
                row = _cash_row(f"{transfer_id}-{kind}", account_id, kind, when)
                row |= {"amount": amount, "currency": "USD", "transfer_id": transfer_id}
                less = row | {"amount": "99.5"}
                reporter = _Reporter(dice, ("event_id",), row, less.copy)
                rows, _ = reporter.reported(_at(when, 13), trouble=0.15)
                yield from (("cash_events", each) for each in rows)
