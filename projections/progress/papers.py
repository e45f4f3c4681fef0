"""The papers of an application: which documents came, from whom, and with which file."""

from collections.abc import Iterable
from datetime import datetime

from events.catalogue.base import Paper
from events.catalogue.connection_events import DocumentsReceived, InspectionRequested
from events.catalogue.duty_events import DesignSubmitted, MidInspectionRequested
from projections.progress.state import ApplicationState, PaperState


def states(given: Iterable[Paper], at: datetime) -> list[PaperState]:
    """Return papers as they are kept."""
    return [PaperState(document=p.document, provided_by=p.provided_by, file=p.file, at=at) for p in given]


def received(state: ApplicationState, data: DocumentsReceived, at: datetime) -> None:
    """Documents came: those with a paper of their own, and those of which only is known who gave them."""
    told = {paper.document for paper in data.papers}
    others = (Paper(document=one, provided_by=data.provided_by) for one in data.documents if one not in told)
    _add(state, [*data.papers, *others], at)


def requested_with(
    state: ApplicationState,
    data: InspectionRequested | DesignSubmitted | MidInspectionRequested,
    at: datetime,
) -> None:
    """Documents came with what the customer asked for."""
    state.documents = sorted({*state.documents, *data.documents})
    state.documents_missing = [one for one in state.documents_missing if one not in state.documents]
    _add(state, data.papers, at)


def _add(state: ApplicationState, given: Iterable[Paper], at: datetime) -> None:
    """One that is known with the same file is not kept twice; told anew, it may have come earlier."""
    known = {(one.document, one.file): one for one in state.papers}
    for paper in states(given, at):
        before = known.get((paper.document, paper.file))
        if before is None:
            state.papers = [*state.papers, paper]
        else:
            before.at = min(before.at, at)
