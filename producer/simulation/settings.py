"""Settings in a commented YAML file, read into frozen dataclasses.

A dataclass says which settings there are, of which type, within which limits, and shows how one is
written. What a text in the file means is decided by that type, and never by YAML's own guesses: the
symbol ON stays a text, and no object is made from a tag.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any, NoReturn, TypeVar, cast, get_args, get_type_hints

import yaml

from producer.common.errors import UnusableInput

Kind = TypeVar("Kind", bound="Settings")

MOST_CHOICES_SHOWN = 12
MOST_CHARACTERS_SHOWN = 60
NULL = "tag:yaml.org,2002:null"
EXAMPLE = "write for example accounts: 3"

_READINGS: Mapping[type, tuple[Callable[[str], Any], str]] = {
    int: (int, "a whole number"),
    float: (float, "a number"),
    date: (date.fromisoformat, "a day"),
    str: (str, "a text"),
}


class WorldConfigError(UnusableInput, ValueError):
    """Settings that describe no world; the message names the setting, and its place in a file."""


class SettingError(WorldConfigError):
    """A value that breaks a rule, wherever it comes from."""

    def __init__(self, fault: str, *settings: str) -> None:
        """Take what is wrong with the first setting, and which others have a part in it."""
        super().__init__(f"{settings[0]} {fault}")
        self.settings = settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How a setting is written, and its limits."""

    example: str
    least: float | None = None
    above: float | None = None
    most: float | None = None
    choices: Sequence[str] = ()

    def fault(self, value: Any) -> str | None:
        """Return what is wrong with a value, or None."""
        match value:
            case str() if self.choices and value not in self.choices:
                return f"must be {_one_of(self.choices, value)}, got {value!r}"
            case str() if not value.isprintable() or not value.strip() or value != value.strip():
                return f"must be a text without control characters or outer spaces, got {value!r}"
            case int() | float() if not self._holds(value):
                return f"must be {self._limits()}, got {value}"
            case ():
                return "must not be empty"
            case tuple():
                return next(filter(None, map(self.fault, value)), None)
        return None

    def _holds(self, value: float) -> bool:
        return (
            (isinstance(value, int) or math.isfinite(value))
            and (self.least is None or value >= self.least)
            and (self.above is None or value > self.above)
            and (self.most is None or value <= self.most)
        )

    def _limits(self) -> str:
        limits = (
            ("{} or more", self.least),
            ("above {}", self.above),
            ("{} or less", self.most),
        )
        stated = [words.format(limit) for words, limit in limits if limit is not None]
        return " and ".join(stated) or "finite"


def setting(example: str, **limits: Any) -> Any:
    """Declare a setting.

    Args:
        example: A right value, as it is written in the file.
        limits: Those of `Rule`.
    """
    return field(metadata={"rule": Rule(example=example, **limits)})


class Settings:
    """A frozen dataclass of settings, each declared by `setting`; a wrong value is refused."""

    __slots__ = ()

    def __post_init__(self) -> None:
        """Hold each value to its rule, then all together to `check`."""
        for name, rule in _rules(type(self)).items():
            if fault := rule.fault(getattr(self, name)):
                raise SettingError(fault, name)
        self.check()

    def check(self) -> None:
        """Raise SettingError where values do not go together."""


def read_settings(
    path: Path, kind: type[Kind], base: Kind | None, overrides: Mapping[str, Any]
) -> Kind:
    """Read a YAML file of settings.

    Args:
        path: The file.
        kind: What it holds.
        base: Has the settings that the file leaves out; None: it may leave out none.
        overrides: Values that have precedence over the file's.

    Raises:
        WorldConfigError: The file is unusable; the message names file, line and setting, and shows
            the right form by an example.
    """
    try:
        # The safe loader's composer: nodes with their lines, from which nothing is constructed.
        root = yaml.compose(path.read_bytes(), Loader=yaml.SafeLoader)
    except OSError as error:
        raise WorldConfigError(f"{path}: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise WorldConfigError(f"{path}{line}: not YAML: {error.problem}; {EXAMPLE}") from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise WorldConfigError(f"{path}: not YAML: {reason}; {EXAMPLE}") from error
    if root is None:
        raise WorldConfigError(f"{path}: holds no settings; {EXAMPLE}")
    return _Reader(path).record(root, kind, base, "", overrides)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns the nodes of one file into settings. A name such as `cash.custody_fee` is a path."""

    path: Path

    def record(
        self,
        node: yaml.Node,
        kind: type[Kind],
        base: Kind | None,
        prefix: str,
        overrides: Mapping[str, Any],
    ) -> Kind:
        """Read a group of settings."""
        rules, types = _rules(kind), get_type_hints(kind)
        nodes = self._named(node, rules, prefix)
        values = {name: getattr(base, name) for name in rules} if base else {}
        for name, value in nodes.items():
            values[name] = self._value(
                value, types[name], values.get(name), prefix + name, rules[name]
            )
        values |= overrides
        for name, rule in rules.items():
            if name not in values:
                self._refuse(node, f"{prefix}{name} is missing", name, rule)
        try:
            return kind(**values)
        except SettingError as error:
            if not overrides.keys().isdisjoint(error.settings):
                raise
            name = next((name for name in error.settings if name in nodes), error.settings[0])
            self._refuse(nodes.get(name, node), f"{prefix}{error}", name, rules[name])

    def _named(
        self, node: yaml.Node, rules: Mapping[str, Rule], prefix: str
    ) -> dict[str, yaml.Node]:
        """The node of each setting of a group; a name that is unknown or there twice is refused."""
        if not isinstance(node, yaml.MappingNode):
            group = prefix.rstrip(".") or "the file"
            fault = f"{group} must hold settings, got {_shown(node)}"
            self._refuse(node, fault, *next(iter(rules.items())))
        nodes: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else _shown(key)
            if name not in rules:
                nearest = _nearest(name, list(rules))
                unknown = _cut(repr(prefix + name))
                fault = f"unknown setting {unknown}, the nearest known one is {prefix}{nearest}"
                self._refuse(key, fault, nearest, rules[nearest])
            if name in nodes:
                self._refuse(key, f"{prefix}{name} is there twice", name, rules[name])
            nodes[name] = value
        return nodes

    def _value(self, node: yaml.Node, kind: Any, base: Any, name: str, rule: Rule) -> Any:
        """Read one setting as what its type says."""
        if is_dataclass(kind):
            return self.record(node, cast("type[Settings]", kind), base, f"{name}.", {})
        if get_args(kind):
            if not isinstance(node, yaml.SequenceNode):
                self._refuse(node, f"{name} must be a list, got {_shown(node)}", name, rule)
            item = get_args(kind)[0]
            return tuple(self._value(each, item, None, name, rule) for each in node.value)
        read, words = _reading(kind)
        try:
            if not isinstance(node, yaml.ScalarNode) or (node.tag == NULL and node.style is None):
                raise ValueError("no single value")
            return read(node.value)
        except ValueError:
            self._refuse(node, f"{name} must be {words}, got {_shown(node)}", name, rule)

    def _refuse(self, node: yaml.Node, fault: str, name: str, rule: Rule) -> NoReturn:
        place = f"{self.path}, line {node.start_mark.line + 1}"
        example = f"{name.rsplit('.', 1)[-1]}: {rule.example}"
        # Never the error that led here: its text is in the fault.
        raise WorldConfigError(f"{place}: {fault}; write for example {example}") from None


def _rules(kind: type[Settings]) -> dict[str, Rule]:
    return {each.name: each.metadata["rule"] for each in fields(kind)}  # type: ignore[arg-type]


def _reading(kind: Any) -> tuple[Callable[[str], Any], str]:
    """How a text becomes a value of a type, and what such a value is called."""
    if issubclass(kind, StrEnum):
        return kind, f"one of {', '.join(kind)}"
    return _READINGS[kind]


def _one_of(choices: Sequence[str], value: str) -> str:
    if len(choices) <= MOST_CHOICES_SHOWN:
        return f"one of {', '.join(choices)}"
    return f"one of {len(choices)} known ones, the nearest is {_nearest(value, choices)}"


def _nearest(name: str, known: Sequence[str]) -> str:
    return get_close_matches(name, known, n=1, cutoff=0)[0]


def _shown(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return _cut(repr(node.value)) if node.value else "nothing"
    return "a list" if isinstance(node, yaml.SequenceNode) else "a group of settings"


def _cut(text: str) -> str:
    return text if len(text) <= MOST_CHARACTERS_SHOWN else f"{text[:MOST_CHARACTERS_SHOWN]}..."
