"""The field's words: names that were the house's own stay out."""

import re
from pathlib import Path

import pytest

from tests.house.project import relative, tracked_files

INSTEAD_OF = {
    "forget_changed": "delete_changed_rows",
    "whole_sum": "sum_or_null",
    "nothing_without": "zero_if_no_row",
    "unseen": "new",
    "not yet seen": "not yet built",
    "had not seen": "did not have",
    "days_gained": "new_valuation_days",
    "corporate_actions_judged": "corporate_actions_validated",
    "judged": "validated",
    "refusal": "rejection_reason",
    "told": "received",
    "telling": "row received",
    "tellings": "rows received",
    "findings": "booking exceptions",
    "life of a scope": "segment",
    "second life": "second segment",
    "without the right": "without the entitlement",
    "dearest": "highest cost",
    "may have (default)": "optional (default)",
    "announced": "described",
    "nobody said": "none is given",
    "in the words of the source": "as given by the source",
    "in the words of its source": "as given by its source",
    "count now": "current",
    "dealt with": "resolved",
    "mended": "corrected",
    "stands twice": "occurs twice",
    "stand-in": "proxy",
    "of late": "over the last 30 days",
    "speaks of": "is for",
    "the rooms": "the folders",
}
KEPT_FOR_USERS = "fact_event_findings"
"""A view under the name that their queries may use."""
NOT_YET = {"dbt/macros/as_of": {"judged", "told", "tellings"}}
"""A folder whose SQL is on its way to the models, and the words that go with it."""
READ = (".avsc", ".j2", ".md", ".py", ".sql", ".toml", ".yml")


def old_words_in(text: str) -> set[str]:
    """Names a newcomer would have to learn."""
    text = " ".join(text.replace(KEPT_FOR_USERS, "").lower().split())
    return {
        word for word in INSTEAD_OF if re.search(rf"(?<![a-z]){re.escape(word)}(?![a-z])", text)
    }


def words_for_now(path: Path) -> set[str]:
    """Old words that a file may hold until its folder is rewritten."""
    return set().union(
        *(words for folder, words in NOT_YET.items() if relative(path).startswith(f"{folder}/"))
    )


def test_the_houses_own_words_stay_out() -> None:
    found = {
        relative(path): words
        for path in tracked_files()
        if path.suffix in READ and path != Path(__file__)
        for words in [old_words_in(path.read_text("utf-8")) - words_for_now(path)]
        if words
    }
    assert found == {}


@pytest.mark.parametrize("word", INSTEAD_OF)
def test_the_check_sees_an_old_word(word: str) -> None:
    assert word in old_words_in(
        f"-- What {word.replace(' ', chr(10), 1).title()} is, nobody knows."
    )
    assert word in old_words_in(f"{{{{ ref('stg_{word}_events') }}}}")


def test_the_check_sees_no_old_word_in_another_one() -> None:
    assert old_words_in("foreseen, retold, a house of judges, the newsrooms") == set()
    assert old_words_in("select * from main_facts.fact_event_findings") == set()


def test_words_for_now_are_still_there() -> None:
    """An exemption goes when its folder needs it no longer."""
    for folder, words in NOT_YET.items():
        there = {
            word
            for path in tracked_files()
            if relative(path).startswith(f"{folder}/")
            for word in old_words_in(path.read_text("utf-8"))
        }
        assert words <= there, f"{folder} no longer needs {sorted(words - there)}"
