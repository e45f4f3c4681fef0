"""What is wrong with a signed root becomes a finding of the audit."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from deploy.audit import roots
from deploy.audit.findings import SENTENCES, Findings
from events.roots import RootKeys


class NoConsumer:
    def __init__(self, *args: Any, **more: Any) -> None:
        pass

    def close(self) -> None:
        pass


def test_every_root_that_does_not_hold_is_told_with_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    codes = ("root_by_stranger", None, "root_gap", "root_differs", "log_shorter")
    logged = [
        SimpleNamespace(event=SimpleNamespace(subject="roots"), root=SimpleNamespace(number=n, leaves=10))
        for n in range(len(codes))
    ]

    def check_roots(consumer: NoConsumer, keys: RootKeys, watch: Any) -> Iterator[SimpleNamespace]:
        for one, code in zip(logged, codes, strict=True):
            watch(10)
            yield SimpleNamespace(logged=one, code=code)

    monkeypatch.setattr(roots, "Consumer", NoConsumer)
    monkeypatch.setattr(roots, "read_roots", lambda consumer, keys: SimpleNamespace(roots=logged))
    monkeypatch.setattr(roots, "check_roots", check_roots)
    findings, seen = Findings(), list[tuple[int, int]]()
    roots.check("nowhere", RootKeys(None), findings, lambda done, whole: seen.append((done, whole)))
    assert [(one.code, one.where) for one in findings.kept] == [
        ("root_by_stranger", "root 0"),
        ("root_gap", "root 2"),
        ("root_differs", "root 3"),
        ("log_shorter", "root 4"),
    ]
    assert seen[-1] == (50, 50)
    assert set(codes) - {None} <= SENTENCES.keys()
