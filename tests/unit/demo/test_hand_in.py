"""What the door answers to a file of the demo, held against what it should."""

import httpx
import pytest

from deploy.demo.hand_in import found_instead
from deploy.demo.papers import DemoFile
from events.catalogue.base import FileRef

FILE = DemoFile("D1-1-0001", FileRef(sha256="ab" * 32, size=3, media_type="image/png"), b"png")


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        (httpx.Response(201, json=FILE.ref.model_dump()), None),
        (httpx.Response(409, json={"code": "subject_erased"}), None),  # a run repeated after an erasure
        (httpx.Response(201, json={**FILE.ref.model_dump(), "size": 4}), "another file"),
        (httpx.Response(415, json={"code": "unknown_kind"}), "unknown_kind"),
        (httpx.Response(502, text="<html>"), "http_502"),
    ],
)
def test_only_what_was_kept_or_erased_is_as_expected(answer: httpx.Response, found: str | None) -> None:
    assert found_instead(FILE, answer) == found
