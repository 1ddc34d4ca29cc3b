"""The field's words: names that were the house's own stay out."""

import re
from pathlib import Path

from tests.house.project import ROOT, relative, tracked_files

INSTEAD_OF = {
    "forget_changed": "delete_changed_rows",
    "whole_sum": "sum_or_null",
    "nothing_without": "zero_if_no_row",
    "unseen": "new",
    "days_gained": "new_valuation_days",
    "corporate_actions_judged": "corporate_actions_validated",
    "dearest": "highest cost",
    "findings": "booking exceptions",
}
KEPT_FOR_USERS = "fact_event_findings"
"""A view under the name that their queries may use."""
READ = (".py", ".sql", ".yml", ".md")


def old_words_in(text: str) -> set[str]:
    """Names a newcomer would have to learn."""
    text = text.replace(KEPT_FOR_USERS, "")
    return {word for word in INSTEAD_OF if re.search(rf"(?<![a-z]){word}(?![a-z])", text)}


def test_the_houses_own_words_stay_out() -> None:
    found = {
        relative(path): words
        for path in tracked_files()
        if path.suffix in READ and path != Path(__file__) and path.is_relative_to(ROOT)
        for words in [old_words_in(path.read_text("utf-8"))]
        if words
    }
    assert found == {}


def test_the_check_sees_an_old_word() -> None:
    assert old_words_in("select * from {{ ref('stg_unseen_events') }}") == {"unseen"}
    assert old_words_in("foreseen, a house of judges") == set()
    assert old_words_in("select * from main_facts.fact_event_findings") == set()
    assert old_words_in("quarantine and findings") == {"findings"}
