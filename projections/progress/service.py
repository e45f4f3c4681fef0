"""What comes after energisation: the service window, ratings, disputes, corrections."""

from datetime import datetime

from events.catalogue import service_events as says
from events.catalogue.base import EventData
from projections.progress import duties
from projections.progress.beside import CorrectionState, DisputeState, DisputeStep, RatingState
from projections.progress.state import ApplicationState, Change


def _window(state: ApplicationState, data: says.ServiceWindowOpened, at: datetime) -> None:
    state.service_until = data.until


def _rated(state: ApplicationState, data: says.ServiceRated, at: datetime) -> None:
    if state.rating is None or state.rating.at <= at:
        state.rating = RatingState(said=state.sequence, at=at, score=data.score)


def _raised(state: ApplicationState, data: says.DisputeRaised, at: datetime) -> None:
    if all(one.ref != data.dispute for one in state.disputes):
        state.disputes = [*state.disputes, DisputeState(ref=data.dispute, about=data.about, steps=[])]
    _step(state, data.dispute, DisputeStep(said=state.sequence, at=at, step="raised"))


def _answered(state: ApplicationState, data: says.DisputeAnswered, at: datetime) -> None:
    step = DisputeStep(said=state.sequence, at=at, step="answered", level=data.level, upheld=data.upheld)
    _step(state, data.dispute, step)


def _taken_further(state: ApplicationState, data: says.DisputeTakenFurther, at: datetime) -> None:
    _step(state, data.dispute, DisputeStep(said=state.sequence, at=at, step="taken_further"))


def _settled(state: ApplicationState, data: says.DisputeSettled, at: datetime) -> None:
    duties.close(state, data.dispute, at)
    _step(state, data.dispute, DisputeStep(said=state.sequence, at=at, step="settled", by=data.by))


def _step(state: ApplicationState, ref: str, step: DisputeStep) -> None:
    """One that is told anew, at its own moment, takes the place of what was told before."""
    for dispute in state.disputes:
        if dispute.ref == ref:
            others = [one for one in dispute.steps if (one.step, one.at) != (step.step, step.at)]
            dispute.steps = sorted([*others, step], key=lambda one: one.at)


def _corrected(state: ApplicationState, data: says.RecordCorrected, at: datetime) -> None:
    correction = CorrectionState(
        said=state.sequence, at=at, field=data.field, before=data.before, value=data.value
    )
    others = [one for one in state.corrections if (one.field, one.at) != (data.field, at)]
    state.corrections = [*others, correction]


CHANGES: dict[type[EventData], Change] = {
    says.ServiceWindowOpened: _window,
    says.ServiceRated: _rated,
    says.DisputeRaised: _raised,
    says.DisputeAnswered: _answered,
    says.DisputeTakenFurther: _taken_further,
    says.DisputeSettled: _settled,
    says.RecordCorrected: _corrected,
}
