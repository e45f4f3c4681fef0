"""Does the table of a channel fit the catalogue and its profile? Every target that it names must be there."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Annotated, Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from events.catalogue.base import Fact
from events.upcasting import fact_as_sent
from workflows.policy import regions
from workflows.policy.faults import Fault
from workflows.policy.interface import PAPERS, SET_BY_THE_DOOR, Interface, MessageField
from workflows.policy.model import Policy
from workflows.policy.services import CARRIED
from workflows.policy.translating import holes

TABLE = "interfaces"


def faults(policy: Policy, interfaces: Iterable[Interface]) -> list[Fault]:
    """Return what does not fit; an empty list when every channel can be understood."""
    listed = list(interfaces)
    found = list(_names(policy, listed))
    for one in listed:
        sentences = [*_messages(one), *_targets(policy, one), *_words(policy, one), *_number(policy, one)]
        sentences = sentences or list(_services(one))
        found += [Fault(TABLE, one.id, sentence) for sentence in dict.fromkeys(sentences)]
    return found


def _names(policy: Policy, listed: list[Interface]) -> Iterator[Fault]:
    known = {row.id for row in policy.channels}
    feeds = {row.upstream for row in policy.feeds}
    ids, sources = Counter(one.id for one in listed), Counter(one.upstream for one in listed)
    for one in listed:
        if one.id not in known:
            yield Fault(TABLE, one.id, "is no channel of this profile. Add it to channels.")
        if ids[one.id] > 1:
            yield Fault(TABLE, one.id, "stands twice. Keep one.")
        if sources[one.upstream] > 1:
            yield Fault(TABLE, one.id, f"shares {one.upstream} with another. One source, one channel.")
        if one.upstream == policy.source or one.upstream.startswith(f"{policy.source}/"):
            yield Fault(TABLE, one.id, "has the platform's own source. Name the sender's.")
        if one.upstream in feeds:
            yield Fault(TABLE, one.id, f"shares {one.upstream} with a feed of projects.")


def _messages(one: Interface) -> Iterator[str]:
    named = Counter(rule.name for rule in one.fields)
    words = Counter([*(message.word for message in one.messages), *one.not_taken])
    yield from (f"has two rules for field {name}. Keep one." for name, count in named.items() if count > 1)
    yield from (f"has word {word} twice. Keep one." for word, count in words.items() if count > 1)
    try:
        if not holes(one.message.id):
            yield "has an id without a place of the message in it: each message needs one of its own."
    except ValueError:
        yield "has a malformed id. Write places of the message in braces."
    for message in one.messages:
        model = _model(message.type)
        for name in message.fields:
            info = model.model_fields.get(name)
            if name in {SET_BY_THE_DOOR, PAPERS}:
                yield f"message {message.word} names field {name}, which the door sets."
            elif info is None:
                yield f"message {message.word} names field {name}, which {message.type} has not."
            elif named[name] == 0:
                yield f"message {message.word} names field {name}, for which there is no rule."
            elif not _plain(info.annotation):
                yield f"message {message.word} names field {name}, which can't be told in plain words."
        for name, info in model.model_fields.items():
            if info.is_required() and name not in message.fields and name != SET_BY_THE_DOOR:
                yield f"message {message.word} lacks field {name}, which {message.type} must have."
    used = {name for message in one.messages for name in message.fields}
    yield from (f"has a rule for field {name}, which no message takes." for name in named if name not in used)


def _model(type_name: str) -> type[Fact]:
    """What a fact of this very version may hold: a table may go on writing one that has a successor."""
    model = fact_as_sent(type_name)
    assert model is not None
    return model


def _plain(annotation: Any) -> bool:
    """Whether a field is a word, a number, a day, or a list of such: no object of several fields."""
    if isinstance(annotation, type):
        return not issubclass(annotation, BaseModel) or annotation.__name__ == "SealedValue"
    parts = [part for part in getattr(annotation, "__args__", ()) if part is not Ellipsis]
    return all(_plain(part) for part in parts)


def _targets(policy: Policy, one: Interface) -> Iterator[str]:
    """Every word that can come out of a rule must be one that the fact's field takes."""
    rules = {rule.name: rule for rule in one.fields}
    for message in one.messages:
        model = _model(message.type)
        for name in message.fields:
            rule, info = rules.get(name), model.model_fields.get(name)
            if rule is None or info is None:
                continue
            whole: Any = Annotated[(info.annotation, *info.metadata)] if info.metadata else info.annotation
            adapter: TypeAdapter[Any] = TypeAdapter(whole)
            for target in _results(rule):
                if not _fits(adapter, (target,) if rule.many else target) or _unknown(policy, name, target):
                    yield f"field {name} has unknown target {target}. Name one that there is."


def _results(rule: MessageField) -> list[Any]:
    given = [rule.constant, rule.blank]
    made = list(rule.values.values()) if not rule.numeric and rule.pattern is None else []
    return [value for value in (*made, *given) if value is not None]


def _fits(adapter: TypeAdapter[Any], value: Any) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


def _unknown(policy: Policy, name: str, target: Any) -> bool:
    if name == "region":
        return regions.resolve(policy, str(target)) is None
    return name == "documents" and all(item.id != target for item in policy.documents)


def _words(policy: Policy, one: Interface) -> Iterator[str]:
    steps = {step.code for process in policy.processes for step in process.steps}
    documents = {item.id for item in policy.documents}
    for does, words in (("answers", one.progress), ("calls back", one.callback)):
        if words is not None:
            yield from (f"{does} with unknown step {name}." for name in words.steps if name not in steps)
            unknown = (name for name in words.documents if name not in documents)
            yield from (f"{does} with unknown document {name}." for name in unknown)
    if one.callback is None:
        return
    told = set(one.callback.fields.values())
    if not told & {"reference", "number"}:
        yield "calls back without a number. Tell its reference, or ours."
    if "id" not in told:
        yield "calls back without the id by which it knows a repeat. Tell it."


def _services(one: Interface) -> Iterator[str]:
    """Every service on every channel: what one lacks, its table gives a reason for."""
    taken = set(one.services)
    for service in CARRIED:
        if service not in taken and service not in one.without:
            yield f"does not take {service}. Take it, or say in without why not."
    for service in one.without:
        if service in taken:
            yield f"says why it has not {service}, and takes it. Leave one out."
        elif service not in CARRIED:
            yield f"says why it has not {service}, which nobody has. Name its word in not_taken."
    if one.files is not None and "documents" not in {rule.name for rule in one.fields}:
        yield "hands in files and has no rule for field documents, by which they are named."


def _number(policy: Policy, one: Interface) -> Iterator[str]:
    """A channel speaks of its own applications: a number of ours must not pass for one of its own."""
    if any(one.number.fullmatch(f"{policy.prefix}-{year}-000001") for year in (2025, 2026, 2027)):
        yield "takes our own numbers for its own. Narrow its number's form."
