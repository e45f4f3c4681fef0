"""Files go through the channel's own door, by its own names, and a message names what was handed in."""

from typing import Any

import httpx
import pytest

from activities.documents.refusals import BusyError, TooLargeError, UnknownKindError
from tests.unit.channels.doors import TOKEN, Channel, open_door
from workflows.intake.marks import file_of, mark_of
from workflows.intake.subjects import Ref

CASE = "2026/SZ/00017"
REF = Ref("/channel/city", CASE)


@pytest.fixture
def city(tmp_path_factory: pytest.TempPathFactory) -> Channel:
    return open_door(tmp_path_factory.mktemp("profile"))


async def put(city: Channel, case: str = CASE, *, token: str = TOKEN) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"}
    return await city.http.post(
        "/channels/gov_app/files", params={"caso": case}, content=b"%PDF-1.4", headers=headers
    )


async def test_a_file_is_kept_for_the_channels_application_and_has_a_mark(city: Channel) -> None:
    answered = await put(city)
    assert answered.status_code == 201
    assert answered.json() == {"res": "0", "caso": CASE, "adjunto": f"{'ab' * 32}-8-application/pdf"}
    assert list(city.cabinet.files) == [REF]


async def test_a_message_names_files_and_their_documents(city: Channel) -> None:
    mark = (await put(city)).json()["adjunto"]
    answered = await city.send(adjuntos=[{"papel": 503, "adjunto": mark}])
    assert answered.status_code == 202, answered.text
    data: Any = city.desk.sent[0].data
    assert data["documents"] == ["LN1", "LN2", "LN3"]
    [paper] = data["papers"]
    file = file_of(mark)
    assert file is not None
    assert (paper["document"], paper["file"]) == ("LN3", file.model_dump())
    assert mark_of(file) == mark


async def test_a_file_that_was_not_handed_in_is_refused(city: Channel) -> None:
    mark = f"{'cd' * 32}-8-application/pdf"
    answered = await city.send(adjuntos=[{"papel": "503", "adjunto": mark}])
    assert answered.status_code == 422
    [reason] = answered.json()["errores"]
    assert (reason["res"], reason["campo"]) == ("unknown_file", "adjuntos.papel, adjuntos.adjunto")
    assert city.desk.sent == []


async def test_a_file_of_another_application_is_no_file_of_this(city: Channel) -> None:
    mark = (await put(city, "2026/SZ/00099")).json()["adjunto"]
    assert (await city.send(adjuntos=[{"papel": "503", "adjunto": mark}])).status_code == 422


@pytest.mark.parametrize(
    ("named", "told"),
    [
        ([{"papel": "999", "adjunto": f"{'ab' * 32}-8-application/pdf"}], {("901", "adjuntos.papel")}),
        ([{"papel": "503", "adjunto": "x"}], {("bad_mark", "adjuntos.adjunto")}),
        ([{"papel": "503"}], {("bad_mark", "adjuntos.adjunto")}),
        (["x"], {("901", "adjuntos.papel"), ("bad_mark", "adjuntos.adjunto")}),
        ("x", {("bad_value", "adjuntos")}),
        (
            [{"papel": "503", "adjunto": "x", "otro": 1}],
            {("unknown_field", "adjuntos.otro"), ("bad_mark", "adjuntos.adjunto")},
        ),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_a_list_of_files_is_told_by_its_places(
    city: Channel, named: Any, told: set[tuple[str, str]]
) -> None:
    answered = await city.send(adjuntos=named)
    assert answered.status_code == 422
    assert {(one["res"], one["campo"]) for one in answered.json()["errores"]} == told


async def test_an_empty_list_names_nothing(city: Channel) -> None:
    assert (await city.send(adjuntos=[])).status_code == 202


async def test_a_message_that_takes_no_files_says_so(city: Channel) -> None:
    mark = f"{'ab' * 32}-8-application/pdf"
    leaves = {"svc": 19, "caso": CASE, "seq": 2, "fecha": "06/01/2026 10:00"}
    answered = await city.post({**leaves, "adjuntos": [{"papel": "503", "adjunto": mark}]})
    assert [one["res"] for one in answered.json()["errores"]] == ["no_files_here"]


@pytest.mark.parametrize(
    ("error", "status", "word", "code"),
    [
        (TooLargeError(5), 413, "903", "903"),
        (UnknownKindError("pdf"), 415, "900", "unknown_kind"),
        (BusyError(), 429, "900", "busy"),
    ],
)
async def test_a_file_that_is_not_taken_is_refused_in_the_channels_words(
    city: Channel, error: Exception, status: int, word: str, code: str
) -> None:
    city.cabinet.refusal.append(error)
    answered = await put(city)
    assert (answered.status_code, answered.json()["res"]) == (status, word)
    assert [one["res"] for one in answered.json()["errores"]] == [code]
    assert ("retry-after" in answered.headers) == (status == 429)


async def test_only_for_numbers_of_the_channel_and_only_by_its_token(city: Channel) -> None:
    assert (await put(city, "HN-2026-000001")).status_code == 400
    assert (await put(city, token="mini-token")).status_code == 401
    headers = {"authorization": "Bearer mini-token"}
    answered = await city.http.post("/channels/wechat/files?caso=m-123", content=b"x", headers=headers)
    assert (answered.status_code, answered.json()["head"]["status"]) == (404, "NAK")
    assert city.cabinet.files == {}
