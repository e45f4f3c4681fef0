"""What all facts and events share: frozen, nothing unknown allowed, a type name with its version."""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:/-]{1,80}$")]
"""An identifier: Latin letters, digits and `_ . : / -`."""

ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
DocumentIds = Annotated[tuple[Code, ...], Field(max_length=60)]


class Model(BaseModel):
    """Base of every model in the catalogue."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Fact(Model):
    """The data of an inbound fact.

    `type` is its CloudEvents type; `ordered` facts make later facts of the same subject wait while one of
    them lies in the dead letters; `opens` marks the facts that begin a case.
    """

    type: ClassVar[str]
    ordered: ClassVar[bool] = True
    opens: ClassVar[bool] = False


class EventData(Model):
    """The data of an event that the platform writes."""

    type: ClassVar[str]

    def as_data(self) -> dict[str, Any]:
        """Return the JSON object that stands in the event's `data`."""
        return self.model_dump(mode="json", exclude_none=True)


class Text(Model):
    """A text in the two languages of the pages."""

    zh: str
    en: str
