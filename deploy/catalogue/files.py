"""The catalogue's files: schemas and the AsyncAPI document as generated, as released, and the frozen corpus.

Generated files follow the models. Released ones never change: a version is released once, with its schema
and with events as they were written, and from then on both are only compared and read.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from deploy.settings import ROOT
from events.catalogue import asyncapi, samples
from events.catalogue.registry import EVENT_MODELS, FACT_MODELS, PAST_EVENT_MODELS, PAST_FACT_MODELS
from events.catalogue.schema import Schema, schemas
from events.compat import Difference, compare

ASYNCAPI = "asyncapi.json"


class Places(NamedTuple):
    """Where the files lie; tests use places of their own."""

    schemas: Path = ROOT / "events/schemas"
    corpus: Path = ROOT / "tests/data/corpus"

    @property
    def released(self) -> Path:
        """The schemas as they were released."""
        return self.schemas / "released"


def generate(places: Places) -> list[str]:
    """Write what the models make of it, remove what they no longer know, and return the names changed."""
    changed = drift(places)
    made = _made()
    for name in changed:
        path = places.schemas / name
        if name in made:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(made[name])
        else:
            path.unlink()
    return changed


def drift(places: Places) -> list[str]:
    """Return the generated files that are not as the models make them, missing and left over ones too."""
    made = _made()
    kept = {path.name: path.read_text() for path in places.schemas.glob("*.json")}
    return sorted(name for name in made.keys() | kept.keys() if made.get(name) != kept.get(name))


def broken(places: Places) -> list[Difference]:
    """Return everything in which a released schema is not what its model makes today."""
    released = {path.stem: json.loads(path.read_text()) for path in places.released.glob("*.json")}
    return compare(released, schemas())


def unreleased(places: Places) -> list[str]:
    """Return the names that lack their released schema or, for facts and events, their corpus file."""
    missing = {name for name in schemas() if not _schema_path(places, name).exists()}
    return sorted(missing | {name for name in _types() if not corpus_path(places, name).exists()})


def release(places: Places) -> list[str]:
    """Freeze every version that is not yet; only new files are written. Returns the names."""
    found, present = unreleased(places), schemas()
    for name in found:
        _write_new(_schema_path(places, name), _text(present[name]).encode())
        if name in _types():
            _write_new(corpus_path(places, name), b"".join(line + b"\n" for line in _lines(name)))
    return found


def corpus(places: Places) -> Iterator[tuple[str, list[bytes]]]:
    """Yield each frozen file: the type it is named after, and its events as the bytes that were written."""
    for path in sorted(places.corpus.glob("*.jsonl")):
        yield path.stem, path.read_bytes().splitlines()


def corpus_path(places: Places, name: str) -> Path:
    """Return where the frozen events of a type lie."""
    return places.corpus / f"{name}.jsonl"


def _schema_path(places: Places, name: str) -> Path:
    return places.released / f"{name}.json"


def _types() -> set[str]:
    return {*FACT_MODELS, *PAST_FACT_MODELS, *EVENT_MODELS, *PAST_EVENT_MODELS}


def _lines(name: str) -> list[bytes]:
    if (fact := FACT_MODELS.get(name) or PAST_FACT_MODELS.get(name)) is not None:
        return samples.fact_lines(fact)
    return samples.event_lines(EVENT_MODELS.get(name) or PAST_EVENT_MODELS[name])


def _made() -> dict[str, str]:
    made: dict[str, Schema] = {f"{name}.json": schema for name, schema in schemas().items()}
    made[ASYNCAPI] = asyncapi.document()
    return {name: _text(one) for name, one in made.items()}


def _text(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _write_new(path: Path, content: bytes) -> None:
    """What is frozen already stays as it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        with path.open("xb") as file:
            file.write(content)
