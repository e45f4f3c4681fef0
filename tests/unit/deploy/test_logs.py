"""A log line can be split again, and never quotes what somebody sent."""

import logging
import sys

from deploy.errors import UserError
from deploy.logs import KeyValueFormatter, describe, message_of


def line(message: str, *args: object, **extra: object) -> str:
    record = logging.LogRecord("part.module", logging.WARNING, __file__, 1, message, args, None)
    vars(record).update(extra)
    return KeyValueFormatter("intake").format(record)


def test_a_line_has_time_level_and_name() -> None:
    shown = line("two %s", "words", count=3)
    assert " level=warning name=intake logger=part.module " in shown
    assert shown.startswith("time=")
    assert shown.endswith(' msg="two words" count=3')


def test_a_line_break_stays_within_the_line() -> None:
    assert "\n" not in line("one\ntwo", note='say "x"\n')


def test_an_error_is_told_by_kind_and_place_alone() -> None:
    try:
        raise ValueError("Wang Xiaoming, 13800000000")
    except ValueError:
        shown = line("failed", exc_info=sys.exc_info())
    assert "ValueError test_logs.py:" in shown
    assert "Wang" not in shown
    assert "138" not in shown


def test_our_own_words_to_a_person_are_shown() -> None:
    assert describe(UserError("x", "It is so. Do this.")) == "It is so. Do this."


def test_a_line_gives_its_words_back() -> None:
    assert message_of(line('a "quoted" one', detail="msg=other")) == 'a "quoted" one'
    assert message_of(line("word")) == "word"
    assert message_of("somebody else's line") == "somebody else's line"
