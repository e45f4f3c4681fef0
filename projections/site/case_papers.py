"""The documents of an application in one list: missing, there (and from whom), or asked of nobody."""

from collections.abc import Collection, Iterator
from typing import Literal, NamedTuple

from projections.api.application_views import ApplicationView
from projections.api.case_parts import DocumentView, PaperView

Standing = Literal["missing", "here", "away", "no_file", "waived"]


class CasePaper(NamedTuple):
    """A document. `by`: who provided it, empty where nobody has. `standing` of its file: `here`, `away` while
    it is on its way, `no_file`."""

    document: DocumentView
    by: str
    standing: Standing


def case_papers(view: ApplicationView, there: Collection[str]) -> list[CasePaper]:
    """Return every document once, the missing ones first. `there`: the files that the store holds, by their
    SHA-256."""
    return sorted(_papers(view, there), key=lambda one: (one.standing != "missing", _place(one.document.id)))


def _place(code: str) -> tuple[str, int]:
    """Where a document stands in the catalogue: C2 before C11."""
    letters = code.rstrip("0123456789")
    return letters, int(code[len(letters) :] or 0)


def _papers(view: ApplicationView, there: Collection[str]) -> Iterator[CasePaper]:
    told = set()
    for document in view.documents_missing:
        told.add(document.id)
        yield CasePaper(document, "", "missing")
    newest = {paper.document.id: paper for paper in view.papers}
    filed = {paper.document.id: paper for paper in view.papers if paper.file is not None}
    for code, paper in {**newest, **filed}.items():
        if code not in told:
            told.add(code)
            yield CasePaper(paper.document, paper.provided_by, _standing(paper, there))
    for document in view.documents_have:
        if document.id not in told:
            told.add(document.id)
            yield CasePaper(document, "customer", "no_file")
    for document in view.documents_waived:
        if document.id not in told:
            yield CasePaper(document, "waived", "waived")


def _standing(paper: PaperView, there: Collection[str]) -> Standing:
    if paper.file is None:
        return "waived" if paper.provided_by == "waived" else "no_file"
    return "here" if paper.file.sha256 in there else "away"
