"""What a customer says after energisation: a rating, a dispute with its answers, a correction."""

from collections.abc import Iterator
from datetime import datetime
from random import Random

from deploy.demo.office import Office
from deploy.demo.told import Told
from events.catalogue import service_facts as facts

_SCORES = (5, 5, 5, 5, 4, 4, 3, 2)


def afterwards(rng: Random, office: Office, energised_at: datetime, tag: str) -> list[Told]:
    """Return what follows in the weeks of service, in order."""
    told = [*_rating(rng, office, energised_at), *_correction(rng, office, energised_at, tag)]
    told += _dispute(rng, office, energised_at, tag)
    return sorted(told, key=lambda one: one.at)


def _rating(rng: Random, office: Office, at: datetime) -> Iterator[Told]:
    if rng.random() < 0.4:
        comment = "服务及时" if rng.random() < 0.3 else None
        yield Told(
            office.customer(at, rng.randint(0, 9)),
            facts.ServiceRated(score=rng.choice(_SCORES), comment=comment),
        )


def _correction(rng: Random, office: Office, at: datetime, tag: str) -> Iterator[Told]:
    if rng.random() < 0.04:
        corrected = facts.RecordCorrected(field="meter_no", value=f"M-{tag}-B", reason="表号抄录有误")
        yield Told(office.staff(at, rng.randint(1, 6)), corrected)


def _dispute(rng: Random, office: Office, at: datetime, tag: str) -> Iterator[Told]:
    """The manager answers; one in three goes on to the supervisor, some never reply."""
    if rng.random() >= 0.08:
        return
    ref = f"Y-{tag}"
    at = office.customer(at, rng.randint(2, 14))
    about = rng.choice(("duration", "boundary", "metering", "conduct"))
    yield Told(
        at, facts.DisputeRaised.model_validate({"dispute": ref, "about": about, "details": "与承诺不符"})
    )
    at = office.staff(at, rng.randint(1, 5))
    yield Told(at, facts.DisputeAnswered(dispute=ref, upheld=rng.random() < 0.4, answer="情况已核实"))
    word = rng.random()
    if word < 0.2:
        return
    at = office.customer(at, rng.randint(1, 6))
    agreed = word < 0.7
    yield Told(at, facts.DisputeSettled(dispute=ref, agreed=agreed))
    if not agreed:
        at = office.staff(at, rng.randint(1, 6))
        yield Told(at, facts.DisputeAnswered(dispute=ref, upheld=rng.random() < 0.5, answer="复核完毕"))
