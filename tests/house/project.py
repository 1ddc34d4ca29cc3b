"""The project's files, read as a newcomer would read them."""

import functools
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
DBT = ROOT / "dbt"
MODELS = DBT / "models"

PUBLIC_LAYERS = ("dimensions", "facts", "metrics", "reports")
VIEW_LAYERS = ("staging", "reports")
PUBLIC_STAGING = ("stg_trades", "stg_prices", "stg_cash_events")

Yaml = dict[str, Any]


@functools.cache
def tracked_files() -> tuple[Path, ...]:
    """Every file that is in git, or would be with the next `git add`."""
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - git, wherever it is
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    ).stdout.split("\0")
    return tuple(ROOT / name for name in sorted(set(names)) if name and (ROOT / name).is_file())


def tracked(folder: str, ending: str) -> list[Path]:
    """The tracked files below a folder whose name has this ending."""
    return [
        path
        for path in tracked_files()
        if path.is_relative_to(ROOT / folder) and path.name.endswith(ending)
    ]


def relative(path: Path) -> str:
    """The path as a reader writes it."""
    return path.relative_to(ROOT).as_posix()


@dataclass(frozen=True, slots=True)
class Model:
    """One dbt model: its SQL (or Python) and what its yml says."""

    path: Path
    yml: Yaml

    @property
    def name(self) -> str:
        """The model's name."""
        return self.path.stem

    @property
    def layer(self) -> str:
        """The layer it stands in."""
        return self.path.relative_to(MODELS).parts[0]

    @property
    def is_part(self) -> bool:
        """Whether it is ephemeral: its columns and rows are those of the model that reads it."""
        return bool(self.setting("+materialized") == "ephemeral")

    @property
    def is_public(self) -> bool:
        """Whether users may rely on it."""
        return (self.layer in PUBLIC_LAYERS and not self.is_part) or self.name in PUBLIC_STAGING

    @property
    def is_view(self) -> bool:
        """Whether nothing is stored, so that a constraint is never checked."""
        return self.layer in VIEW_LAYERS or "materialized='view'" in self.path.read_text("utf-8")

    def setting(self, name: str) -> Any:
        """What dbt_project.yml says of it, for the innermost folder that says anything."""
        folder = load_yaml(DBT / "dbt_project.yml")["models"]["portfolio_risk"]
        found = None
        for part in self.path.relative_to(MODELS).parts[:-1]:
            folder = folder.get(part, {})
            found = folder.get(name, found)
        return found

    @property
    def columns(self) -> list[Yaml]:
        """Its columns as the yml lists them."""
        return list(self.yml.get("columns") or ())


@functools.cache
def models() -> tuple[Model, ...]:
    """Every model; one whose yml is missing has an empty one."""
    return tuple(
        Model(path, _model_yml(path))
        for ending in (".sql", ".py")
        for path in sorted(MODELS.rglob(f"*{ending}"))
        if path.name != "__init__.py"
    )


def sql_models() -> list[Model]:
    """The models that are written in SQL."""
    return [model for model in models() if model.path.suffix == ".sql"]


@functools.cache
def load_yaml(path: Path) -> Yaml:
    """A yml file as plain data."""
    return yaml.safe_load(path.read_text("utf-8")) or {}


def _model_yml(path: Path) -> Yaml:
    beside = path.with_suffix(".yml")
    if not beside.exists():
        return {}
    listed: list[Yaml] = load_yaml(beside).get("models") or []
    return next((model for model in listed if model.get("name") == path.stem), {})


def sql_without_words(sql: str) -> str:
    """SQL without comments, jinja and quoted text: only what the engine reads."""
    for pattern in (r"\{#.*?#\}", r"--[^\n]*", r"\{%.*?%\}", r"\{\{.*?\}\}", r"'[^']*'"):
        sql = re.sub(pattern, " ", sql, flags=re.DOTALL)
    return sql


FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", flags=re.DOTALL | re.MULTILINE)


def fenced_blocks(path: Path, language: str) -> list[str]:
    """The code blocks of a markdown file in one language."""
    return [
        re.sub(rf"^{indent}", "", block, flags=re.MULTILINE)
        for indent, found, block in FENCE.findall(path.read_text("utf-8"))
        if found == language
    ]


def code_spans(path: Path) -> list[str]:
    """The `words in backticks` of a markdown file, outside its code blocks."""
    return re.findall(r"`([^`\n]+)`", FENCE.sub("", path.read_text("utf-8")))
