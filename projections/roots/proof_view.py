"""A judgement for programs: all that is needed to check it by oneself. Allow-listed."""

from datetime import datetime

from projections.api.views import View
from projections.roots.evidence import Judgement, Verdict


class PlaceView(View):
    """Where the event lies in the log, and when it was written there."""

    topic: str
    partition: int
    offset: int
    recorded_at: datetime


class StepView(View):
    """One step of the path: a hash, and the side on which it stands."""

    side: str
    hash: str


class PathView(View):
    """From leaf to root: SHA-256(00 ‖ event hash), then SHA-256(01 ‖ left ‖ right) per step."""

    root_number: int
    root: str
    leaves: int
    leaf_index: int
    leaf: str
    steps: tuple[StepView, ...]


class ProofView(View):
    """The verdict, what differs, the place, and the proof."""

    verdict: Verdict
    genuine: bool
    hash_computed: str | None
    differing: tuple[str, ...]
    place: PlaceView | None
    proof: PathView | None


def told(judged: Judgement) -> ProofView:
    """Return a judgement as it goes out."""
    place = None
    if judged.place is not None and judged.recorded_at is not None:
        topic, partition, offset, _ = judged.place
        place = PlaceView(topic=topic, partition=partition, offset=offset, recorded_at=judged.recorded_at)
    return ProofView(
        verdict=judged.verdict,
        genuine=judged.genuine,
        hash_computed=judged.pasted.computed if judged.pasted else None,
        differing=tuple(one.field for one in judged.fields if not one.same),
        place=place,
        proof=_path(judged),
    )


def _path(judged: Judgement) -> PathView | None:
    proof = judged.proof
    if proof is None:
        return None
    return PathView(
        root_number=proof.root.number,
        root=proof.root.root,
        leaves=proof.root.leaves,
        leaf_index=proof.leaf_index,
        leaf=proof.leaf,
        steps=tuple(StepView(side="left" if one.left else "right", hash=one.hash) for one in proof.steps),
    )
