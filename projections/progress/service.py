"""What comes after energisation: the service window, ratings, disputes, corrections."""

from datetime import datetime

from events.catalogue import service_events as says
from events.catalogue.base import EventData
from projections.progress.beside import CorrectionState, DisputeState, DisputeStep, RatingState, put
from projections.progress.state import ApplicationState, Change


def _window(state: ApplicationState, data: says.ServiceWindowOpened, at: datetime) -> None:
    state.service_until = data.until


def _rated(state: ApplicationState, data: says.ServiceRated, at: datetime) -> None:
    if state.rating is None or state.rating.at <= at:
        state.rating = RatingState(said=state.sequence, fact=state.fact, at=at, score=data.score)


def _raised(state: ApplicationState, data: says.DisputeRaised, at: datetime) -> None:
    if all(one.ref != data.dispute for one in state.disputes):
        state.disputes = [*state.disputes, DisputeState(ref=data.dispute, about=data.about, steps=[])]
    _step(state, data.dispute, DisputeStep(said=state.sequence, fact=state.fact, at=at, step="raised"))


def _answered(state: ApplicationState, data: says.DisputeAnswered, at: datetime) -> None:
    step = DisputeStep(
        said=state.sequence, fact=state.fact, at=at, step="answered", level=data.level, upheld=data.upheld
    )
    _step(state, data.dispute, step)


def _taken_further(state: ApplicationState, data: says.DisputeTakenFurther, at: datetime) -> None:
    _step(state, data.dispute, DisputeStep(said=state.sequence, fact=state.fact, at=at, step="taken_further"))


def _settled(state: ApplicationState, data: says.DisputeSettled, at: datetime) -> None:
    _step(
        state,
        data.dispute,
        DisputeStep(said=state.sequence, fact=state.fact, at=at, step="settled", by=data.by),
    )


def _step(state: ApplicationState, ref: str, step: DisputeStep) -> None:
    for dispute in state.disputes:
        if dispute.ref == ref:
            dispute.steps = sorted(put(dispute.steps, step, same=("step",)), key=lambda one: one.at)


def _corrected(state: ApplicationState, data: says.RecordCorrected, at: datetime) -> None:
    correction = CorrectionState(
        said=state.sequence, fact=state.fact, at=at, field=data.field, before=data.before, value=data.value
    )
    state.corrections = put(state.corrections, correction)


CHANGES: dict[type[EventData], Change] = {
    says.ServiceWindowOpened: _window,
    says.ServiceRated: _rated,
    says.DisputeRaised: _raised,
    says.DisputeAnswered: _answered,
    says.DisputeTakenFurther: _taken_further,
    says.DisputeSettled: _settled,
    says.RecordCorrected: _corrected,
}
