"""How a value of a file becomes a value of a raw table, or a reason why it cannot: in SQL.

Every column is worked on in steps, each a select over the one before, so that a million rows are
parsed in one query. `text_x` is what came, trimmed; `x` the value, null when there is none;
`fault_x` what is wrong with it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from producer.common.sql import identifier, identifiers, listed, literal
from producer.common.text import MOST_SHOWN
from producer.records.contract import (
    Column,
    Discipline,
    Record,
    SqlType,
    defaults_of,
    file_columns_of,
)

EARLIEST = datetime.fromisoformat("1900-01-01")
LATEST_AFTER_LOAD = timedelta(days=2)

NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,6})?"
WHOLE = r"[+-]?\d+(\.0*)?"  # pandas writes whole numbers beside a missing one as 1.0
MILLISECONDS = r"[+-]?\d+(\.\d*)?"
BASIC_DAY = r"\d{8}(\.0*)?"
DAY = r"\d{4}-\d{2}-\d{2}"
MOMENT = DAY + r"([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?"
ZONED_MOMENT = DAY + r"[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-](0\d|1[0-4])(:?[0-5]\d)?)"
LOCAL_DAY = r"\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2})([ T,].*)?"
GROUPED_NUMBER = r"[+-]?[0-9.]*[0-9][,' ][0-9.,' ]*"
CONTROLS = r"[\x00-\x1f\x7f-\x{9f}]"
CONTROLS_IN_PROSE = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x{9f}]"
BLANKS = " \t\r\n\v\f\u00a0\u2007\u200b\u202f\u3000\ufeff"

# No date is a count of ms beyond year 5138; further out DuckDB would raise instead of answer.
MOST_EPOCH_MS = 10**14
# A smaller count of ms is one of seconds, or of the days of a spreadsheet.
EARLIEST_EPOCH_MS = 631_152_000_000  # 1990-01-01
EPOCH_SECONDS = (631_152_000, 10_000_000_000)  # 1990 to 2286
SPREADSHEET_DAYS = (20_000, 100_000)  # 1954 to 2173
# Places before the point that overflow every decimal type.
MOST_PLACES = 40

TEMPORAL = ("DATE", "TIMESTAMP", "TIMESTAMP_NS", "TIMESTAMP_MS", "TIMESTAMP_S")
ZONED = "TIMESTAMP WITH TIME ZONE"


@dataclass(frozen=True, slots=True)
class Parsing:
    """The steps from an incoming relation to values and faults.

    `steps[n]` maps the names of new columns to SQL over the columns of step n - 1. The last two
    hold `reason`, `fault_column`, `rounded` (how many values) and `roundings` (which, in words).
    """

    steps: tuple[Mapping[str, str], ...]

    def over(self, incoming: str, keys: Sequence[str] = ("source_row",)) -> str:
        """The select that works on a relation: its keys, then the columns of every step.

        Args:
            incoming: The relation, in SQL.
            keys: Columns of it that say which row is which.
        """
        relation, before = f"{incoming} as incoming", identifiers(keys)
        for step in self.steps:
            new = [f"{sql} as {identifier(name)}" for name, sql in step.items()]
            relation, before = f"(select {listed([before, *new])} from {relation})", "*"  # noqa: S608
        return relation


@dataclass(frozen=True, slots=True)
class _Incoming:
    """A column of the contract, and its name and DuckDB type in the relation (None: not there)."""

    name: str
    rules: Column
    source_name: str | None
    source_type: str | None
    needed_when: str | None
    """SQL: when the row must have a value; None: never."""
    default: object

    @property
    def value(self) -> str:
        return identifier(self.name)

    @property
    def text(self) -> str:
        return self._step("text")

    @property
    def digits(self) -> str:
        return self._step("digits")

    @property
    def places(self) -> str:
        return self._step("places")

    @property
    def cut(self) -> str:
        return self._step("cut")

    @property
    def narrow(self) -> str:
        return self._step("narrow")

    @property
    def wide(self) -> str:
        return self._step("wide")

    @property
    def fault(self) -> str:
        return self._step("fault")

    def _step(self, prefix: str) -> str:
        return identifier(f"{prefix}_{self.name}")

    @property
    def scale(self) -> int:
        return self.rules.sql_type.scale or 0

    @property
    def is_typed(self) -> bool:
        """It has the very type of the raw table: nothing to parse."""
        return self.rules.sql_type is not SqlType.TEXT and (
            self.source_type == self.rules.sql_type.value
        )

    @property
    def is_decimal(self) -> bool:
        """It has a scale, and a text to be rounded to it."""
        return self.rules.sql_type.scale is not None and not self.is_typed

    @property
    def is_temporal(self) -> bool:
        """It needs a cast and no parsing to be a date or timestamp."""
        return self.rules.sql_type in (SqlType.DATE, SqlType.TIMESTAMP) and (
            self.source_type in (*TEMPORAL, ZONED)
        )


def parsing_of(
    record: type[Record],
    sources: Mapping[str, tuple[str, str]],
    *,
    loaded_at: datetime,
) -> Parsing:
    """The SQL that turns an incoming relation into values and faults.

    Args:
        record: What the rows are.
        sources: For each contract column that comes, its name and DuckDB type in the relation.
        loaded_at: Time of the load: default of ingested_at, and what no date may lie far beyond.
    """
    columns = [
        _Incoming(
            name,
            rules,
            source_name=sources[name][0] if name in sources else None,
            source_type=sources[name][1] if name in sources else None,
            needed_when=_needed_when(record, name, rules),
            default=loaded_at if name == "ingested_at" else defaults_of(record).get(name),
        )
        for name, rules in file_columns_of(record).items()
    ]
    decimals = [column for column in columns if column.is_decimal]
    rules = {f"rule_{n}": rule for n, rule in enumerate(record.ROW_RULES)}
    texts = {column.name: column.text for column in columns}
    return Parsing(
        steps=(
            {f"text_{column.name}": _text(column) for column in columns},
            {f"digits_{column.name}": _digits(column) for column in decimals},
            {f"places_{column.name}": _places(column) for column in decimals},
            {f"cut_{column.name}": _cut(column) for column in decimals},
            {f"narrow_{column.name}": _narrow(column) for column in decimals},
            {f"wide_{column.name}": _wide(column) for column in decimals},
            {column.name: _with_default(column) for column in columns}
            | {name: literal_of(value) for name, value in _constants(record).items()},
            {f"fault_{column.name}": _fault(column, loaded_at) for column in columns},
            {
                name: f"case when {identifier(f'fault_{rule.column}')} is null "
                f"and ({rule.broken_when}) then "
                f"{_reason(rule.column, rule.reason, texts[rule.column])} end"
                for name, rule in rules.items()
            },
            {
                "reason": "nullif(concat_ws('; ', "
                + ", ".join([column.fault for column in columns] + list(rules))
                + "), '')",
                "fault_column": "case "
                + " ".join(
                    [f"when {column.fault} is not null then {literal(column.name)}"
                     for column in columns]
                    + [f"when {name} is not null then {literal(rule.column)}"
                       for name, rule in rules.items()]
                )
                + " end",
                "rounded": " + ".join(
                    ["0", *(f"{_is_rounded(column)}::integer" for column in decimals)]
                ),
            },
            {"roundings": _roundings(decimals)},
        )
    )  # fmt: skip


def literal_of(value: object) -> str:
    """A default of the contract, or the time of the load, in SQL."""
    if isinstance(value, datetime):
        return f"timestamp '{value.isoformat(sep=' ')}'"
    if isinstance(value, str):
        return literal(value)
    return str(value)


def _constants(record: type[Record]) -> dict[str, object]:
    """What no file can bring: an observation has one state."""
    return {
        name: value for name, value in defaults_of(record).items()
        if name not in file_columns_of(record)
    }  # fmt: skip


def _needed_when(record: type[Record], name: str, rules: Column) -> str | None:
    if not rules.required:
        return None
    if record.DISCIPLINE is Discipline.EVENT and name not in record.IDENTITY:
        return "event_type is distinct from 'CANCEL'"
    return "true"


def _text(column: _Incoming) -> str:
    if column.source_name is None:
        return "null::varchar"
    source = f"incoming.{identifier(column.source_name)}"
    if column.is_typed or column.is_temporal:
        return source
    # Nearly every value is free of blanks, and looking is six times faster than trimming.
    return (
        f"case when regexp_full_match({source}::varchar, '[!-~]+') then {source}::varchar "
        f"else nullif(trim({source}::varchar, {literal(BLANKS)}), '') end"
    )


def _with_default(column: _Incoming) -> str:
    sql_type = column.rules.sql_type.value
    if column.default is None:
        return f"({_value(column)})::{sql_type}"
    default = f"{literal_of(column.default)}::{sql_type}"
    return f"case when {column.text} is null then {default} else {_value(column)} end"


def _value(column: _Incoming) -> str:
    rules = column.rules
    if column.is_typed:
        return column.text
    if rules.sql_type.scale is not None:
        return _rounded(column)
    if rules.sql_type in (SqlType.DATE, SqlType.TIMESTAMP):
        return f"try_cast({_moment(column)} as {rules.sql_type.value})"
    if rules.sql_type in (SqlType.INTEGER, SqlType.BIGINT):
        return f"try_cast({_whole(column.text)} as {rules.sql_type.value})"
    if rules.choices:
        cases = " ".join(f"when {literal(c.upper())} then {literal(c)}" for c in rules.choices)
        return f"case upper({column.text}) {cases} end"
    return f"upper({_spelled(column)})" if rules.in_capitals else _spelled(column)


def _spelled(column: _Incoming) -> str:
    """The text in the spelling of the contract, where it is known by another one."""
    spellings = column.rules.spellings.items()
    cases = " ".join(f"when {literal(other)} then {literal(ours)}" for other, ours in spellings)
    return f"case {column.text} {cases} else {column.text} end" if cases else column.text


def _whole(text: str) -> str:
    return (
        f"case when regexp_full_match({text}, {literal(WHOLE)}) "
        rf"then regexp_replace({text}, '\..*', '') end"
    )


# ---------------------------------------------------------------- decimals
# DuckDB rounds decimals half away from zero, and texts by more than one rule. So a number is cut
# two places beyond its scale, the last of them 1 where anything but zeros was cut off: that keeps
# on which side of a tie it lies, and the rest is exact decimal arithmetic. Of up to 18 digits it is
# sixty times faster than of 38, so the wide type is for what does not fit the narrow one.


def _narrow_type(column: _Incoming, *, more_places: int = 0) -> str:
    return f"decimal(18,{column.scale + more_places})"


def _digits(column: _Incoming) -> str:
    """The digits of a number that has an exponent or too many places, without sign and point."""
    return (
        f"case when {_is_ordinary(column)} then null "
        f"when regexp_full_match({column.text}, {literal(NUMBER)}) "
        f"then regexp_replace(regexp_replace({column.text}, '[eE].*', ''), '[^0-9]', '', 'g') end"
    )


def _is_ordinary(column: _Incoming) -> str:
    places = column.scale + 2
    pattern = rf"[+-]?(\d+(\.\d{{0,{places}}})?|\.\d{{1,{places}}})"
    return f"regexp_full_match({column.text}, {literal(pattern)})"


def _places(column: _Incoming) -> str:
    """How many digits, leading zeros not counted, stand before the point; below 0: after it."""
    before_point = rf"length(regexp_extract({column.text}, '^[+-]?(\d*)', 1))"
    exponent = f"coalesce(try_cast(regexp_extract({column.text}, '[eE](.*)$', 1) as integer), 0)"
    zeros = f"(length({column.digits}) - length(ltrim({column.digits}, '0')))"
    return f"case when {column.digits} is not null then {before_point} + {exponent} - {zeros} end"


def _cut(column: _Incoming) -> str:
    """The number as a text without exponent and with no more than two places too many."""
    significant = f"ltrim({column.digits}, '0')"
    # More zeros after the point than places are kept change nothing but memory.
    padding = f"repeat('0', least(greatest(-{column.places}, 0), {column.scale + 2}))"
    digits = f"({padding} || {significant})"
    places = f"greatest({column.places}, 0)"
    return (
        f"case when {column.digits} is null then "
        f"case when {_is_ordinary(column)} then {column.text} end "
        f"when {significant} = '' then '0' "
        f"when {column.places} <= {MOST_PLACES} then "
        f"concat(case when {column.text}[1] = '-' then '-' end, "
        f"'0', rpad(left({digits}, {places}::integer), {places}::integer, '0'), '.', "
        f"left(substr({digits}, {places} + 1), {column.scale + 1}), "
        f"case when regexp_matches(substr({digits}, {places} + {column.scale + 2}), '[1-9]') "
        f"then '1' end) end"
    )


def _narrow(column: _Incoming) -> str:
    return f"try_cast({column.cut} as {_narrow_type(column, more_places=2)})"


def _wide(column: _Incoming) -> str:
    wide = f"decimal(38,{column.scale + 2})"
    return f"case when {column.narrow} is null then try_cast({column.cut} as {wide}) end"


def _rounded(column: _Incoming) -> str:
    narrow = _half_even(column.narrow, column.scale, _narrow_type(column))
    sql_type = column.rules.sql_type.value
    wide = _half_even(column.wide, column.scale, sql_type)
    return f"case when {column.narrow} is not null then ({narrow})::{sql_type} else {wide} end"


def _half_even(number: str, scale: int, sql_type: str) -> str:
    away = f"try_cast({number} as {sql_type})"
    unit = f"0.{'1'.rjust(scale, '0')}"
    half_unit = f"0.{'5'.rjust(scale + 1, '0')}"
    to_even = f"case when {number} < 0 then {unit} else -{unit} end"
    return (
        f"case when abs({number} - {away}) = {half_unit} "
        f"and right({away}::varchar, 1) in ('1', '3', '5', '7', '9') "
        f"then ({away} + {to_even})::{sql_type} else {away} end"
    )


def _is_rounded(column: _Incoming) -> str:
    return (
        f"coalesce(case when {column.narrow} is not null "
        f"then {column.narrow} <> {column.narrow}::{_narrow_type(column)} "
        f"else {column.wide} <> {column.value} end, false)"
    )


def _roundings(columns: Sequence[_Incoming]) -> str:
    """Which values of a row were rounded: `price 1.00000000005 to 1.0000000000`."""
    roundings = [
        f"case when {_is_rounded(column)} then concat({literal(column.name + ' ')}, "
        f"{_shown(column.text)}, ' to ', {column.value}) end"
        for column in columns
    ]
    listed = ", ".join(["null", *roundings])
    return f"case when rounded > 0 then concat_ws(', ', {listed}) end"


def _is_lost(column: _Incoming) -> str:
    """The value is 0, and what came is not."""
    mantissa = f"regexp_replace({column.text}, '[eE].*', '')"
    return f"{column.value} = 0 and regexp_matches({mantissa}, '[1-9]')"


# ---------------------------------------------------------------- moments


def _moment(column: _Incoming) -> str:
    """A timestamp in UTC of an ISO 8601 text, a date, or a count of milliseconds since 1970."""
    text = column.text
    if column.source_type == ZONED:
        return f"make_timestamp(epoch_us({text}))"
    if column.is_temporal:
        return f"try_cast({text} as timestamp)"
    # DuckDB reads no time without seconds.
    with_seconds = rf"regexp_replace({text}, '^(.{{10}}[T ]\d\d:\d\d)([^:].*)?$', '\1:00\2')"
    zoned = f"make_timestamp(epoch_us(try_cast({with_seconds} as timestamptz)))"
    if column.rules.sql_type is SqlType.DATE:  # It is as written: on the clock of who wrote it.
        zoned = f"try_cast(left({text}, 16) || ':00' as timestamp)"
    # A double, because more digits than an integer holds are a moment out of range, and no text.
    milliseconds = f"least(greatest(try_cast({text} as double), -{MOST_EPOCH_MS}), {MOST_EPOCH_MS})"
    return (
        f"case when regexp_full_match({text}, {literal(BASIC_DAY)}) "
        f"then try_strptime(left({text}, 8), '%Y%m%d') "
        f"when regexp_full_match({text}, {literal(MILLISECONDS)}) "
        f"then make_timestamp(round(1000 * {milliseconds})::bigint) "
        f"when regexp_full_match({text}, {literal(MOMENT)}) "
        f"then try_cast({with_seconds} as timestamp) "
        # A cast of text to timestamp drops the offset without a word.
        f"when regexp_full_match({text}, {literal(ZONED_MOMENT)}) "
        f"then {zoned} end"
    )


# ---------------------------------------------------------------- faults


def _fault(column: _Incoming, loaded_at: datetime) -> str:
    missing = (
        f"when {column.text} is null and {column.needed_when} "
        f"then {literal(column.name + ' is missing')} "
        if column.needed_when
        else ""
    )
    faults = " ".join(
        f"when {broken} then {_reason(column.name, words, column.text)}"
        for broken, words in _checks(column, loaded_at)
    )
    return f"case {missing}when {column.text} is null then null {_bare_number(column)}{faults} end"


def _bare_number(column: _Incoming) -> str:
    """What to say of a number that as epoch milliseconds would be a day before 1990."""
    is_day = column.rules.sql_type is SqlType.DATE
    if not (is_day or column.rules.sql_type is SqlType.TIMESTAMP):
        return ""
    if column.is_typed or column.is_temporal:
        return ""
    text, name = column.text, literal(column.name)
    number = f"try_cast({text} as double)"
    iso = literal("%Y-%m-%d" if is_day else "%Y-%m-%dT%H:%M:%SZ")
    example = "2024-02-05" if is_day else "2024-02-05T16:00:00Z"
    is_seconds = f"{number} >= {EPOCH_SECONDS[0]} and {number} < {EPOCH_SECONDS[1]}"
    is_spreadsheet_day = f"{number} >= {SPREADSHEET_DAYS[0]} and {number} < {SPREADSHEET_DAYS[1]}"
    seconds = f"strftime(make_timestamp(round(1000000 * {number})::bigint), {iso})"
    days = f"strftime(make_timestamp(round(86400000000 * ({number} - 25569))::bigint), {iso})"
    return (
        f"when {number} < {EARLIEST_EPOCH_MS} "
        f"and regexp_full_match({text}, {literal(MILLISECONDS)}) "
        f"and not regexp_full_match({text}, {literal(BASIC_DAY)}) then concat({name}, case "
        f"when {is_seconds} "
        f"then concat(' looks like epoch seconds: write epoch milliseconds ', "
        f"round(1000 * {number})::bigint, ' or ', {seconds}) "
        f"when {is_spreadsheet_day} "
        f"then concat(' looks like an Excel date: write ', {days}) "
        f"else ' as epoch milliseconds is before 1990: write it as {example}' end, "
        f"', got ''', {_shown(text)}, '''') "
    )


def _reason(name: str, words: str, text: str) -> str:
    """A reason: the column, what is wrong, the value (without what would break the line)."""
    start = literal(f"{name} {words}")
    return (
        f"concat({start}, case when {text} is not null "
        f"then concat(', got ''', {_shown(text)}, '''') end)"
    )


def _shown(text: str) -> str:
    """A value for a message: on one line, and never long."""
    start = f"regexp_replace(left({text}::varchar, {MOST_SHOWN}), {literal(CONTROLS)}, '?', 'g')"
    return f"concat({start}, case when length({text}::varchar) > {MOST_SHOWN} then '...' end)"


def _checks(column: _Incoming, loaded_at: datetime) -> list[tuple[str, str]]:
    """Pairs of a condition that must not hold and what to say where it does, first things first."""
    rules = column.rules
    match rules.sql_type:
        case SqlType.TEXT:
            return _text_checks(column)
        case SqlType.DATE | SqlType.TIMESTAMP:
            latest = literal_of(loaded_at + LATEST_AFTER_LOAD)
            words = "date" if rules.sql_type is SqlType.DATE else "timestamp or epoch milliseconds"
            is_local = f"regexp_full_match({column.text}::varchar, {literal(LOCAL_DAY)})"
            return [
                (
                    f"{column.value} is null and {is_local}",
                    "must begin with the year: 13 February 2024 is 2024-02-13",
                ),
                (f"{column.value} is null", f"is not an ISO 8601 {words}"),
                (f"{column.value} < {literal_of(EARLIEST)}", f"is before {EARLIEST:%Y-%m-%d}"),
                (f"{column.value} > {latest}", "is more than 2 days after the load"),
            ]
        case SqlType.INTEGER | SqlType.BIGINT:
            unparsed = [(f"{column.value} is null", "is not a whole number in range")]
        case _:
            smallest = f"{Decimal(1).scaleb(-column.scale):f}"
            unparsed = [
                (
                    f"{column.value} is null and {_matches(column.text, GROUPED_NUMBER)}",
                    "must have a decimal point and no separator of thousands, as 1234.56",
                ),
                (
                    f"{column.value} is null and not {_matches(column.text, NUMBER)}",
                    "is not a number",
                ),
                (f"{column.value} is null", f"does not fit {rules.sql_type.value}"),
                (
                    _is_lost(column),
                    f"would be rounded to 0: the smallest it can hold is {smallest}",
                ),
            ]
    return ([] if column.is_typed else unparsed) + _range_checks(column)


def _text_checks(column: _Incoming) -> list[tuple[str, str]]:
    rules = column.rules
    if rules.choices:
        elsewhere = [
            (f"upper({column.text}) = {literal(word)}", words)
            for word, words in rules.misplaced.items()
        ]
        words = f"must be one of {', '.join(rules.choices)}"
        return [*elsewhere, (f"{column.value} is null", words)]
    controls = CONTROLS_IN_PROSE if rules.free_text else CONTROLS
    too_long = f"is longer than {rules.longest:,} characters"
    checks = [
        (f"length({column.text}) > {rules.longest}", too_long),
        (f"regexp_matches({column.text}, {literal(controls)})", "has control characters"),
    ]
    if rules.pattern:
        matches = _matches(_spelled(column), rules.pattern)
        checks.append((f"not {matches}", f"must be {rules.pattern_hint}"))
    return checks


def _matches(text: str, pattern: str) -> str:
    return f"regexp_full_match({text}, {literal(pattern)})"


def _range_checks(column: _Incoming) -> list[tuple[str, str]]:
    rules = column.rules
    bounds = (
        (rules.above, "<=", "must be above {}"),
        (rules.minimum, "<", "must be {} or more"),
        (rules.maximum, ">", "must be {} or less"),
    )
    negative = [(f"{column.value} < 0", f"must not be negative: {rules.negative_hint}")]
    return (negative if rules.negative_hint else []) + [
        (f"{column.value} {operator} {bound}", words.format(bound))
        for bound, operator, words in bounds
        if bound is not None
    ]
