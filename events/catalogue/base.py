"""What all facts and events share: frozen, nothing unknown allowed, a type name with its version."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:/-]{1,80}$")]
"""An identifier: Latin letters, digits and `_ . : / -`."""

ShortText = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
DocumentIds = Annotated[tuple[Code, ...], Field(max_length=60)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Boundary = Literal["network_outlet", "red_line", "factory_boundary", "meter"]
"""Up to where the utility builds."""

ProvidedBy = Literal["customer", "gov_share", "on_file", "waived"]
"""Where a document came from: the customer, an authority's data, an earlier case; or nobody asks for it."""


class Model(BaseModel):
    """Base of every model in the catalogue."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Fact(Model):
    """The data of an inbound fact.

    `type` is its CloudEvents type; `ordered` facts make later facts of the same subject wait while one of
    them lies in the dead letters; `opens` marks the facts that begin a case, `internal` those that the
    platform alone may send.
    """

    type: ClassVar[str]
    ordered: ClassVar[bool] = True
    opens: ClassVar[bool] = False
    internal: ClassVar[bool] = False


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


class FileRef(Model):
    """A file in the document store: SHA-256 of its content, size in bytes, media type by content. Its name is
    not kept: people name files after people."""

    sha256: Sha256
    size: int = Field(ge=1)
    media_type: Code


class Paper(Model):
    """What is known of a document that was handed in: `document` is its catalogue id."""

    document: Code
    provided_by: ProvidedBy = "customer"
    file: FileRef | None = None


Papers = Annotated[tuple[Paper, ...], Field(max_length=60)]
