"""What the policy has against a fact: every reason at once, none repeating a value of the input."""

from collections.abc import Iterable, Iterator
from datetime import date

from events.catalogue.base import Fact, Paper, ProvidedBy
from events.catalogue.connection_facts import (
    ApplicationSubmitted,
    DocumentsSupplied,
    InspectionRequested,
    Paused,
    Resumed,
)
from events.catalogue.duty_facts import DesignSubmitted, FurtherDocumentsRequested, MidInspectionRequested
from events.catalogue.project_facts import IntentionReported
from events.catalogue.traits import CustomerType, Traits
from events.errors import Problem
from workflows.policy import regions
from workflows.policy.document_rows import DocumentItem
from workflows.policy.model import Policy
from workflows.policy.processes import kind_for

HOUSEHOLDS = (CustomerType.RESIDENT, CustomerType.EV_PRIVATE)


def fact_problems(policy: Policy, fact: Fact, *, on: date | None = None) -> list[Problem]:
    """Return all that the policy has against a fact of any type, dated `on` this local day."""
    if isinstance(fact, ApplicationSubmitted):
        named = [*fact.documents, *(paper.document for paper in fact.papers)]
        told = problems(policy, fact, channel=fact.channel, documents=named, on=on)
        return [*told, *_ways(policy, fact.papers)]
    if isinstance(fact, DocumentsSupplied | InspectionRequested | DesignSubmitted | MidInspectionRequested):
        named = [*fact.documents, *(paper.document for paper in fact.papers)]
        return [*_documents(policy, named), *_ways(policy, _papers(fact))]
    if isinstance(fact, FurtherDocumentsRequested):
        return list(_documents(policy, fact.documents))
    if isinstance(fact, Paused | Resumed):
        return list(_cause(policy, fact.cause))
    if isinstance(fact, IntentionReported):
        return list(_region(policy, fact.region))
    return []


def problems(
    policy: Policy,
    traits: Traits,
    *,
    channel: str | None = None,
    documents: Iterable[str] = (),
    on: date | None = None,
) -> list[Problem]:
    """Return all that the policy has against an application; an empty list when it may begin.

    `on` is the local day of the application: one older than the policy has no slice to live by.
    """
    return [
        *_region(policy, traits.region),
        *_process(policy, traits, on),
        *_household(traits),
        *_voltage_and_capacity(policy, traits),
        *_channel(policy, channel),
        *_documents(policy, documents),
    ]


def _region(policy: Policy, region: str) -> Iterator[Problem]:
    if regions.resolve(policy, region) is None:
        yield Problem(
            code="unknown_region",
            field="region",
            sentence="The region is not one of this profile's. Send the code of a region it lists.",
        )


def _process(policy: Policy, traits: Traits, on: date | None) -> Iterator[Problem]:
    kind = kind_for(policy, traits)
    open_to_kind = [process for process in policy.processes if process.now and kind in process.kinds]
    if open_to_kind and on is not None and not any(process.in_force(on) for process in open_to_kind):
        yield Problem(
            code="not_in_force",
            field="time",
            sentence="The policy does not hold on the day of this application. Check its date.",
        )
    if not open_to_kind:
        yield Problem(
            code="no_process",
            field="voltage_kv",
            sentence="This profile has no process for connections at this voltage. Check the voltage.",
        )


def _household(traits: Traits) -> Iterator[Problem]:
    if traits.customer_type in HOUSEHOLDS and not traits.low_voltage:
        yield Problem(
            code="household_at_high_voltage",
            field="voltage_kv",
            sentence="A household is supplied at low voltage. Check the customer type or the voltage.",
        )


def _voltage_and_capacity(policy: Policy, traits: Traits) -> Iterator[Problem]:
    if not policy.voltages:
        return
    level = next((level for level in policy.voltages if level.kv == traits.voltage_kv), None)
    if level is None:
        listed = ", ".join(f"{row.kv.normalize():f}" for row in policy.voltages)
        yield Problem(
            code="unknown_voltage",
            field="voltage_kv",
            sentence=f"The voltage is not a nominal one of this grid. Send one of {listed} kV.",
        )
    elif traits.capacity_kva > level.capacity_max_kva:
        yield Problem(
            code="capacity_implausible",
            field="capacity_kva",
            sentence=f"At this voltage a connection has at most {level.capacity_max_kva.normalize():f} kVA. "
            "Check the unit of the capacity, or ask for a higher voltage.",
        )


def _channel(policy: Policy, channel: str | None) -> Iterator[Problem]:
    if channel is not None and all(row.code != channel for row in policy.channels):
        yield Problem(
            code="unknown_channel",
            field="channel",
            sentence="The channel is not one of this profile's. Send the code of a channel it lists.",
        )


def _documents(policy: Policy, documents: Iterable[str]) -> Iterator[Problem]:
    known = {item.id for item in policy.documents}
    for place, document in enumerate(documents):
        if document not in known:
            yield Problem(
                code="unknown_document",
                field=f"documents.{place}",
                sentence="The document is not in the catalogue. Send the id of a document that it lists.",
            )


def _papers(fact: Fact) -> tuple[Paper, ...]:
    """What a fact says of each document. One word for all of them counts where it would excuse them all."""
    excused: tuple[Paper, ...] = ()
    if isinstance(fact, DocumentsSupplied) and fact.provided_by == "waived":
        excused = tuple(Paper(document=one, provided_by="waived") for one in fact.documents)
    papers: tuple[Paper, ...] = getattr(fact, "papers", ())
    return (*papers, *excused)


def _ways(policy: Policy, papers: Iterable[Paper]) -> Iterator[Problem]:
    """A document comes in one of its ways; nobody is excused from what no table waives."""
    known = {item.id: _ways_of(item) for item in policy.documents}
    for place, paper in enumerate(papers):
        if paper.provided_by not in known.get(paper.document, {paper.provided_by}):
            yield Problem(
                code="not_provided_so",
                field=f"papers.{place}.provided_by",
                sentence="The document does not come in that way. Send one that the catalogue names for it.",
            )


def _ways_of(item: DocumentItem) -> set[ProvidedBy]:
    ways = {*item.provided_by, *(way for one in item.variants for way in one.provided_by or ())}
    return {*ways, "waived"} if item.waived else ways


def _cause(policy: Policy, cause: str) -> Iterator[Problem]:
    if all(pause.code != cause for pause in policy.pauses):
        yield Problem(
            code="unknown_pause_cause",
            field="cause",
            sentence="A clock stops only for a cause that the policy lists. Send the code of one.",
        )
