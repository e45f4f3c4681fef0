"""Some applications of a day come with files: which, for which documents, and what is in them.

Pure, and drawn apart from everything else: with files or without, a day is otherwise the same.
"""

import hashlib
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from random import Random
from typing import NamedTuple

from activities.documents.kinds import KINDS
from deploy.demo import drawn
from deploy.demo.facts import FedFact
from deploy.demo.told import Told
from events.catalogue.base import Fact, FileRef, Paper
from events.catalogue.connection_facts import ApplicationSubmitted, DocumentsSupplied, InspectionRequested
from workflows.policy.model import Policy

_ONE_IN, _MOST = 10, 24
"""One application in ten has files, but no more than this."""
_A_FACT = 2
"""Files of one fact, at most."""


class DemoFile(NamedTuple):
    """A file to be handed in for an application, by upstream's reference."""

    subject: str
    ref: FileRef
    content: bytes


def chosen(seed: int, run: int, applications: int) -> frozenset[int]:
    """Return the places of the applications that have files."""
    rng = Random(f"{seed}/{run}/{applications}/files")  # noqa: S311 - a demo is drawn, not secret
    return frozenset(rng.sample(range(applications), min(_MOST, -(-applications // _ONE_IN))))


def with_papers(policy: Policy, subject: str, story: Sequence[Told]) -> list[Told]:
    """Return a story in which the customer's documents name their files."""
    return [told._replace(fact=_filed(policy, subject, told.fact)) for told in story]


def files_of(policy: Policy, day: Iterable[FedFact], kinds: Collection[str]) -> list[DemoFile]:
    """Return the files that the facts of a day name, each once, in order; only of these `KINDS`."""
    taken = {KINDS[kind] for kind in kinds}
    found: dict[tuple[str, str], DemoFile] = {}
    for fact in day:
        for document in _documents(fact):
            file = _file(policy, fact.subject, document)
            if file.ref.media_type in taken:
                found.setdefault((file.subject, file.ref.sha256), file)
    return list(found.values())


def _documents(fact: FedFact) -> Iterator[str]:
    if fact.expect == "applied" and fact.event is not None:
        for paper in fact.event["data"].get("papers", ()):
            yield paper["document"]


def _filed(policy: Policy, subject: str, fact: Fact) -> Fact:
    if not isinstance(fact, ApplicationSubmitted | DocumentsSupplied | InspectionRequested):
        return fact
    if isinstance(fact, DocumentsSupplied) and fact.provided_by != "customer":
        return fact
    from_customers = {item.id for item in policy.documents if "customer" in item.provided_by}
    named = [one for one in fact.documents if one in from_customers][:_A_FACT]
    papers = tuple(Paper(document=one, file=_file(policy, subject, one).ref) for one in named)
    return fact.model_copy(update={"papers": papers})


def _file(policy: Policy, subject: str, document: str) -> DemoFile:
    """One in four is a drawing."""
    mark = zlib.crc32(f"{subject} {document}".encode())
    content, kind = (drawn.site(mark), "png") if mark % 4 == 0 else (_page(policy, subject, document), "pdf")
    sha256 = hashlib.sha256(content).hexdigest()
    return DemoFile(subject, FileRef(sha256=sha256, size=len(content), media_type=KINDS[kind]), content)


def _page(policy: Policy, subject: str, document: str) -> bytes:
    name = next(item.name for item in policy.documents if item.id == document)
    latin = name.en.encode("ascii", "ignore").decode()
    return drawn.page(
        [
            f"{document} {name.zh}",
            latin,
            f"申请编号 {subject}",
            "示例文件，不涉及任何真实用户。",
            "A sample. No real customer is meant.",
        ]
    )
