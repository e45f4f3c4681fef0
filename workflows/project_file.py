"""The file of a key project: takes facts one by one, in any order, says what follows, and what others must be
told. Pure.

The run beneath it (`workflows/project.py`) tells it the time and carries away what it says.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from activities.messages import InternalFact
from events.catalogue import project_events as says
from events.catalogue.base import EventData
from events.catalogue.project_facts import Stage
from events.catalogue.project_link_facts import ProjectLinked, ProjectUnlinked
from events.envelope import Draft
from events.upcasting import newest_fact, read_fact
from workflows import project_applications, project_people, project_sharing
from workflows.case import Said
from workflows.messages import FactMessage, FactOutcome
from workflows.policy import intentions, works
from workflows.policy.clock import local_day
from workflows.policy.project_slice import ProjectSlice
from workflows.policy.project_team import ProjectTeam
from workflows.project_heard import Heard
from workflows.project_hearing import hear, verdict_on
from workflows.project_messages import ProjectStart
from workflows.project_state import MEMORY, Answer, Ending, ProjectState, Saved, Verdict, values_of

APPLIED = FactOutcome(fate="applied")

_SENTENCES = {
    "not_in_this_process": "A project knows no such fact.",
    "case_closed": "The project is closed and takes no more facts.",
    "unknown_feed": "The feed was not listed when the project opened. Send the row under its record.",
    "joined_in_a_circle": "The projects are joined in a circle. Part one of them.",
    "joined_to_itself": "A project can't be joined to itself. Name the one that it goes on under.",
    "not_joined": "The project is joined to no other.",
    "ends_before_it_starts": "The stage would end before it starts. Check the days.",
    "has_electricity": "The project has electricity; it can't be cancelled any more.",
    "goes_on": "A feed has said since that the project goes on.",
    "amended_since": "The project lives by newer tables already.",
    "unfit_policy": "The project can't live by such tables. Sweep again from this release.",
}
_WORSE = {None: 0, "green": 0, "yellow": 1, "red": 2}
_JUST_AFTER = timedelta(seconds=1)
_TICK = timedelta(microseconds=1)


class Cause(NamedTuple):
    """The fact that something is said because of."""

    at: datetime
    fact: str
    traceparent: str | None


class ProjectFile:
    """One project's state and words. `queue` holds what is to be published, `letters` the facts that are to
    be sent to others."""

    def __init__(self, start: ProjectStart, now: datetime) -> None:
        self.start = start
        self.queue: list[Said] = []
        self.letters: list[InternalFact] = []
        self.arrivals = 0
        self._answers: dict[str, str | None] = {}
        if start.state is not None:
            self.state = start.state
            self._answers = {one.id: one.code for one in start.state.answers}
        else:
            self.state = ProjectState()
            self._open(now)

    # ---- what the run asks

    @property
    def policy(self) -> ProjectSlice:
        """What the project lives by now, with the team that it has now."""
        return project_people.lives_by(self.start.policy, self.state)

    @property
    def rests(self) -> bool:
        """Whether it is nobody's work: it has ended, or goes on under another."""
        return self._dark or self.state.closing

    def take(self, fact: FactMessage, now: datetime) -> FactOutcome:
        """Take one fact and answer its fate; a known update id is answered as it was."""
        if fact.update_id not in self._answers:
            self._answers[fact.update_id] = self._hear(fact, now)
            if len(self._answers) > MEMORY:
                del self._answers[next(iter(self._answers))]
        code = self._answers[fact.update_id]
        if code is None:
            return APPLIED
        return FactOutcome(fate="impossible", code=code, sentence=_SENTENCES[code])

    def look(self, now: datetime) -> None:
        """Time has passed: say what that alone has changed."""
        self._turn_light(now, None)

    def next_look(self, now: datetime) -> datetime | None:
        """When time alone changes something: the local midnight at which the light turns."""
        if self._dark:
            return None
        day = works.next_turn(self.policy, self.state.works, self._expected, self._today(now))
        if day is None:
            return None
        return datetime.combine(day, time(), ZoneInfo(self.policy.timezone)).astimezone(UTC)

    @property
    def closes_at(self) -> datetime | None:
        """When the project may close; None while it goes on, or the one does that it goes on under."""
        if self.state.ended_at is None or self.state.last_arrival is None or self._lead_goes_on:
            return None
        kept = self.state.ended_at + timedelta(days=self.policy.reopen_days)
        return max(kept, self.state.last_arrival + timedelta(seconds=self.start.late_grace)) + _JUST_AFTER

    @property
    def ending(self) -> Ending | None:
        """How it ended, if it did."""
        return self.state.spoken.ending

    def close(self, now: datetime) -> None:
        """Say the last word; from now on nothing is taken."""
        assert self.ending is not None
        self.state.closing = True
        self._say(says.ProjectClosed(ending=self.ending), now, None)

    def handed_over(self) -> ProjectState:
        """The state for the run that follows."""
        answers = [Answer(id=name, code=code) for name, code in self._answers.items()]
        return self.state.model_copy(update={"answers": answers})

    # ---- a fact

    def _open(self, now: datetime) -> None:
        fact = self.start.fact
        feed = self.policy.feeds.get(fact.source, "unknown")
        cause = _cause(fact)
        record = str(fact.data["record"])
        self._say(says.ProjectOpened(feed=feed, record=record, region=self.policy.region), fact.time, cause)
        self._name_team(fact.time, cause)
        self.take(fact, now)

    def _hear(self, fact: FactMessage, now: datetime) -> str | None:
        """Take a fact; return the code of why it can't be."""
        if self.state.closing:
            return "case_closed"
        if newest_fact(fact.type) is None:
            return "not_in_this_process"
        cause, data = _cause(fact), read_fact(fact.type, fact.data)
        heard = Heard(self.start.number, self.policy, self.state, cause.at, cause.fact, fact.source)
        answer = hear(heard, data)
        if isinstance(answer, str):
            return answer
        for one in answer:
            self._say(one, cause.at, cause)
        self.state.last_arrival = now
        self.arrivals += 1
        self._follow(now, cause)
        return None

    def _follow(self, now: datetime, cause: Cause) -> None:
        """Say what is otherwise since a fact was taken, and tell others what concerns them."""
        self._name_team(cause.at, cause)
        self._reach_stage(cause)
        self._judge_substation(cause)
        self._reckon_savings(cause)
        self._end_or_go_on(now, cause)
        self._turn_light(now, cause)
        self._tell_applications(now)
        self.letters += project_sharing.settle(self.state, self.start.number, now)

    # ---- what follows

    def _name_team(self, at: datetime, cause: Cause) -> None:
        """Say who serves the project, once and whenever that is otherwise. A run that is older than this has
        named the team with which it opened."""
        team, spoken = self.policy.team, self.state.spoken
        known = spoken.team or (self.start.policy.team if self.start.state is not None else None)
        assigned = _assigned(team)
        if known is None or assigned != _assigned(known):
            self._say(assigned, at, cause)
        spoken.team = team

    def _reach_stage(self, cause: Cause) -> None:
        stage, spoken = self._stage, self.state.spoken
        if stage is not None and stage != spoken.stage:
            self._say(says.StageReached(stage=stage, before=spoken.stage), cause.at, cause)
            spoken.stage = stage

    def _judge_substation(self, cause: Cause) -> None:
        """A substation is judged anew when the load is another; dated so that it is the last word on it."""
        proposed, last = self.state.substation, self.state.spoken.verdict
        if proposed is None:
            return
        said = verdict_on(self.state, proposed)
        if last is not None and dict(said) == last.model_dump(exclude={"at"}):
            return
        at = max(cause.at, (last.at if last else proposed.at) + _TICK)
        self._say(said, at, cause)
        self.state.spoken.verdict = Verdict(at=at, **dict(said))

    def _reckon_savings(self, cause: Cause) -> None:
        known, linked = self.state.spoken.saved, project_applications.linked(self.state)
        for number in known.keys() - set(linked):
            del known[number]
        for number in linked:
            saved: Saved | None = project_applications.saved(self.policy, self.state, number)
            if saved is None:
                known.pop(number, None)  # the works were another's, who has taken them back
            elif saved != known.get(number):
                known[number] = saved
                self._say(says.LeadTimeSaved(number=number, **dict(saved)), cause.at, cause)

    def _end_or_go_on(self, now: datetime, cause: Cause) -> None:
        spoken = self.state.spoken
        ending, path = project_sharing.ending_of(self.state, self.start.number)
        if ending != spoken.ending:
            if ending is not None:
                under = self.state.into if len(path) > 1 else None
                ended = says.ProjectEnded(ending=ending, spent_cny=self.state.spent, under=under)
                self._say(ended, cause.at, cause)
            else:
                self._say(says.ProjectRevived(stage=self._stage or "lead"), cause.at, cause)
            spoken.ending, self.state.ended_at = ending, None
        if ending is not None and self.state.ended_at is None:
            self.state.ended_at = now

    def _turn_light(self, now: datetime, cause: Cause | None) -> None:
        """Say that the light is another one; one that turned for the worse is told to who watches."""
        day, spoken = self._today(now), self.state.spoken
        shines = None
        if not self._dark:
            shines = works.light_on(self.policy, self.state.works, self._expected, day)
        light, before = (shines.light if shines else None), spoken.light
        if light == before:
            return
        spoken.light = light
        rule, reckoning = (shines.rule, shines.reckoning) if shines else (None, None)
        turned = says.LightTurned(light=light, before=before, on=day, rule=rule, reckoning=reckoning)
        self._say(turned, now, cause)
        if light is not None and _WORSE[light] > _WORSE[before]:
            team = self.policy.team
            told = team.province if light == "red" else team.supervisor
            self._say(says.LightEscalated(light=light, to=told), now, cause)

    def _tell_applications(self, now: datetime) -> None:
        """An application that was linked learns of its project, so that it tells what becomes of it."""
        for number, application in sorted(self.state.applications.items()):
            link = application.standing
            if (number in self.state.told_links) == (link is not None):
                continue
            known, project = {*self.state.told_links}, self.start.number
            self.state.told_links = sorted(known - {number} if link is None else {*known, number})
            told = (
                ProjectUnlinked(project=project)
                if link is None
                else ProjectLinked(project=project, by=link.by or "person")
            )
            self.letters.append(project_sharing.letter(self.state, project, number, now, told))

    # ---- what is known

    @property
    def _stage(self) -> Stage | None:
        if project_applications.is_cancelled(self.state):
            return "cancelled"
        newest = intentions.newest(self.state.records)
        return newest.row.stage if newest else None

    @property
    def _expected(self) -> date | None:
        expected: date | None = values_of(self.state, self.state.records).get("expected_energise_on")
        return expected

    @property
    def _lead_goes_on(self) -> bool:
        into = self.state.into
        return into is not None and (into not in self.state.leads or self.state.leads[into].ending is None)

    @property
    def _dark(self) -> bool:
        """Whether no light shines: the project has ended, or goes on under another."""
        return self.state.spoken.ending is not None or self.state.into is not None

    def _today(self, now: datetime) -> date:
        return local_day(now, self.policy.timezone)

    def _say(self, data: EventData, at: datetime, cause: Cause | None) -> None:
        draft = Draft(
            type=data.type,
            time=at,
            data=data.as_data(),
            causationid=cause.fact if cause else None,
            traceparent=cause.traceparent if cause else None,
        )
        self.queue.append(Said("", draft))


def _assigned(team: ProjectTeam) -> says.TeamAssigned:
    return says.TeamAssigned(manager=team.manager, engineers=team.engineers, supervisor=team.supervisor)


def _cause(fact: FactMessage) -> Cause:
    return Cause(fact.time, f"{fact.source}|{fact.id}", fact.traceparent)
