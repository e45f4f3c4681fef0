"""The catalogue's files: nothing drifts, nothing released changes, every frozen event is read back."""

import json
import shutil
from pathlib import Path
from typing import ClassVar

import pytest

from deploy.catalogue import files, proof
from deploy.catalogue.files import Places
from events.catalogue import registry
from events.catalogue.base import Code, EventData
from events.catalogue.connection_events import PlanConfirmed

PLAN = PlanConfirmed.type


@pytest.fixture
def copy(tmp_path: Path) -> Places:
    """The files of the checkout, somewhere else."""
    here, there = Places(), Places(tmp_path / "schemas", tmp_path / "corpus")
    shutil.copytree(here.schemas, there.schemas)
    shutil.copytree(here.corpus, there.corpus)
    return there


def test_the_files_kept_are_the_files_that_the_models_make() -> None:
    assert files.drift(Places()) == [], "run `./mingdian catalogue generate`"


def test_no_released_version_has_changed() -> None:
    assert [str(one) for one in files.broken(Places())] == []


def test_every_version_is_released() -> None:
    assert files.unreleased(Places()) == [], "run `./mingdian catalogue release`"


def test_every_frozen_event_is_read_back() -> None:
    frozen = dict(files.corpus(Places()))
    assert set(frozen) >= {*registry.FACT_MODELS, *registry.EVENT_MODELS, *registry.PAST_EVENT_MODELS}
    assert all(len(lines) >= 2 for lines in frozen.values())
    assert proof.unread(frozen.items()) == []


def test_a_schema_that_drifts_is_named_and_made_again(copy: Places) -> None:
    (copy.schemas / f"{PLAN}.json").write_text("{}\n")
    (copy.schemas / "mingdian.connection.forgotten.v1.json").write_text("{}\n")
    (copy.schemas / "asyncapi.json").unlink()
    named = ["asyncapi.json", "mingdian.connection.forgotten.v1.json", f"{PLAN}.json"]
    assert files.drift(copy) == named
    assert files.generate(copy) == named
    assert files.drift(copy) == []


def test_a_release_writes_new_files_only(copy: Places) -> None:
    kept = {path: path.read_bytes() for path in copy.corpus.iterdir()}
    gone = files.corpus_path(copy, PLAN)
    gone.unlink()
    (copy.released / f"{PLAN}.json").write_text('{"old": true}\n')
    other = files.corpus_path(copy, "mingdian.connection.energised.v1")
    other.write_bytes(b"as it was\n")
    assert files.release(copy) == [PLAN]
    assert gone.read_bytes() == kept[gone]
    assert other.read_bytes() == b"as it was\n"
    assert json.loads((copy.released / f"{PLAN}.json").read_text()) == {"old": True}
    assert PLAN in {one.name for one in files.broken(copy)}


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (b'"plan_no":"sample"', b'"plan_no":"other"', "the hash is not that of the content"),
        (b'"prevhash":"0', b'"prevhash":"1', "the hash is not that of the content"),
        (b'"type":"mingdian.connection.plan', b'"type":"mingdian.connection.clan', "the hash is not"),
    ],
)
def test_a_changed_byte_of_the_corpus_is_found(copy: Places, before: bytes, after: bytes, told: str) -> None:
    path = files.corpus_path(copy, PLAN)
    path.write_bytes(path.read_bytes().replace(before, after, 1))
    (fault,) = proof.unread(files.corpus(copy))
    assert fault.startswith(f"{PLAN} line 1: {told}")


class WithDefault(EventData):
    """The released version after somebody has given it one more field."""

    type: ClassVar[str] = PLAN

    plan_no: Code
    by: Code = "customer"


class WithRequired(EventData):
    """The released version after somebody has asked for one more field."""

    type: ClassVar[str] = PLAN

    plan_no: Code
    by: Code


class Without(EventData):
    """The released version after somebody has taken its field away."""

    type: ClassVar[str] = PLAN


@pytest.mark.parametrize(
    ("model", "told"),
    [
        (WithDefault, "the data are not written as they were"),
        (WithRequired, "the data are refused: by: Field required"),
        (Without, "the data are refused: plan_no: Extra inputs are not permitted"),
    ],
)
def test_a_changed_model_breaks_the_corpus_and_the_released_schema(
    model: type[EventData], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry.EVENT_MODELS, PLAN, model)
    assert proof.unread(files.corpus(Places())) == [f"{PLAN} line {number}: {told}" for number in (1, 2)]
    assert {one.name for one in files.broken(Places())} == {PLAN}
    assert f"{PLAN}.json" in files.drift(Places())
