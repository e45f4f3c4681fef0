"""The one exception base of the platform, and the form in which an input's faults are told."""

from pydantic import BaseModel, ConfigDict


class MingdianError(Exception):
    """An error with a stable `code` (for programs) and a `sentence` that says what to do (for people)."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence


class Problem(BaseModel):
    """One reason why an input is refused. A refusal lists all of them; no value of the input is repeated in
    it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    field: str
    sentence: str
