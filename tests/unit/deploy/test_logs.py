"""A log line can be split again, and never quotes what somebody sent."""

import logging
import subprocess
import sys

import pytest

from deploy.errors import UserError
from deploy.logs import KeyValueFormatter, describe, message_of
from deploy.settings import ROOT


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


MARK = "Wang Xiaoming, 13800000000"


def test_an_exception_among_the_values_is_described() -> None:
    shown = line("failed: %s", ValueError(MARK), cause=KeyError(MARK))
    assert "Wang" not in shown
    assert 'msg="failed: ValueError" cause=KeyError' in shown


@pytest.mark.parametrize(
    ("logger", "said", "left"),
    [
        ("asyncio", f"Task exception was never retrieved\nfuture: <Task exception={MARK!r}>", "retrieved"),
        ("py.warnings", f"/a/main.py:12: UserWarning: expected str, got {MARK}\n  dump()", "UserWarning"),
        ("py.warnings", MARK, "a warning"),
    ],
)
def test_a_library_quotes_nobody(logger: str, said: str, left: str) -> None:
    record = logging.LogRecord(logger, logging.ERROR, __file__, 1, said, None, None)
    shown = KeyValueFormatter("intake").format(record)
    assert "Wang" not in shown
    assert left in shown


UNCAUGHT = """
import asyncio, gc, logging, sys, threading, warnings
from deploy import logs

logs.configure("part", "DEBUG")
MARK = "Wang " + "Xiaoming"


class Stubborn:
    def __del__(self):
        raise ValueError(MARK)


def fail():
    raise ValueError(MARK)


async def forget():
    task = asyncio.ensure_future(asyncio.to_thread(fail))
    await asyncio.wait({task})


thread = threading.Thread(target=fail)
thread.start()
thread.join()
asyncio.run(forget())
gc.collect()
Stubborn()
warnings.warn(MARK)
logging.getLogger("x").error("%d", MARK)
fail()
"""


def test_what_nobody_catches_is_told_without_its_text() -> None:
    done = subprocess.run(
        [sys.executable, "-c", UNCAUGHT], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 1
    assert "Xiaoming" not in done.stdout + done.stderr
    assert done.stderr.count("nobody caught this") == 3
    assert "never retrieved" in done.stderr
    assert "UserWarning" in done.stderr
    assert "could not be written" in done.stderr
