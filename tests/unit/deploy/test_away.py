"""A server that goes away under a command is one line."""

import psycopg
import pytest

from deploy.cli import app, away


def test_a_database_that_shuts_down_is_a_sentence() -> None:
    assert away.sentence(psycopg.errors.AdminShutdown()) == away.SENTENCE


def test_a_group_of_the_same_is_one_sentence() -> None:
    group = ExceptionGroup("both", [psycopg.OperationalError(), psycopg.errors.AdminShutdown()])
    assert away.sentence(group) == away.SENTENCE


def test_a_fault_of_ours_is_not_hidden() -> None:
    assert away.sentence(KeyError("x")) is None
    assert away.sentence(ExceptionGroup("mixed", [psycopg.OperationalError(), KeyError("x")])) is None


def test_a_command_ends_2_with_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(arguments: object) -> object:
        def call(*_: object, **__: object) -> None:
            raise psycopg.errors.AdminShutdown

        return call

    monkeypatch.setattr(app, "_build", broken)
    assert app.run(["demo"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
