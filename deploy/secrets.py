"""Keys and door tokens: made once, kept in a file that only its owner reads."""

import base64
import os
import secrets as random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AwareDatetime,
    Base64Bytes,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)

from deploy.errors import UserError
from deploy.secret_file import alone, draft_of, sync_folder
from deploy.settings import Settings
from events.roots import RootKeys, public_key
from events.sealing import Masters, Quarantine, StreamKeys, master_id
from workflows.intake.tokens import Bound

T = TypeVar("T")

KEY_BYTES = 32
DEFAULT_SOURCES = ("/upstream/demo", "/upstream/feed")
DEFAULT_STAFF = "desk"
_SINGLE = ("index_secret", "receipt_secret", "inbox_secret", "root_key")
_RINGS = {"masters": "current", "quarantine_keys": "quarantine_current"}
"""What holds several keys while one takes the place of another, and what names the one in use."""
_ONCE_ALONE = {"master_key": "masters", "quarantine_key": "quarantine_keys"}

Key = Annotated[Base64Bytes, Field(min_length=KEY_BYTES, max_length=KEY_BYTES)]


class FormerToken(BaseModel):
    """A token that another has taken the place of, good for a while: its holder changes over meanwhile."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    token: SecretStr
    until: AwareDatetime


class Secrets(BaseModel):
    """Keys of 32 bytes, each for one purpose (so one can be rotated alone), and a token per source."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    masters: Annotated[dict[str, Key], Field(min_length=1, repr=False)]
    """Wrap the keys of the streams: one by its id, two while a rotation is under way."""
    current: str
    """The id of the master key that wraps new stream keys."""
    quarantine_keys: Annotated[dict[str, Key], Field(min_length=1, repr=False)]
    """Encrypt raw dead letters that belong to no stream: one by its id, two while a rotation is under way."""
    quarantine_current: str
    """The id of the quarantine key in use."""
    index_secret: Annotated[Key, Field(repr=False)]
    """Blind index over persons."""
    receipt_secret: Annotated[Key, Field(repr=False)]
    """Receipt codes."""
    inbox_secret: Annotated[Key, Field(repr=False)]
    """HMAC of a raw fact, which tells a duplicate from a reused id."""
    root_key: Annotated[Key | None, Field(repr=False)] = None
    """Signs the daily root (Ed25519). A file made elsewhere may lack it: no root is sealed then."""
    former_root_keys: dict[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    """Public keys (base64) that signed roots before, each with the number of the last root it may have
    signed. A root by any other key is no root of ours."""
    tokens: dict[str, SecretStr]
    """Door token by CloudEvents `source`."""
    former_tokens: dict[str, FormerToken] = Field(default_factory=dict)
    """What a source may still send for a while after its token was changed."""
    staff: dict[str, SecretStr] = Field(default_factory=dict)
    """Token by the code of the member of staff, who may get files of applications with it."""
    callbacks: dict[str, SecretStr] = Field(default_factory=dict)
    """What signs the callbacks to a channel, by the name that its table calls it."""
    callback_addresses: dict[str, str] = Field(default_factory=dict)
    """Where a channel is called back, by `<profile>.<channel>`, where the settings name no address."""

    @model_validator(mode="before")
    @classmethod
    def _from_before_rotation(cls, data: Any) -> Any:
        """A file of the time when there was one key each and no way to change it."""
        if not isinstance(data, dict):
            return data
        for once, ring in _ONCE_ALONE.items():
            if once in data and ring not in data:
                data = {name: value for name, value in data.items() if name != once} | _ring_of(
                    ring, data[once], once
                )
        return data

    @model_validator(mode="after")
    def _current_is_there(self) -> "Secrets":
        for ring, current in _RINGS.items():
            if getattr(self, current) not in getattr(self, ring):
                raise ValueError(f"{current} names none of the {ring}")
        return self

    @property
    def root_keys(self) -> RootKeys:
        """Whose roots are ours."""
        current = None if self.root_key is None else public_key(self.root_key)
        return RootKeys(current, self.former_root_keys)

    @property
    def bound(self) -> tuple[Bound, ...]:
        """Whose token is whose, the former ones among them."""
        now = [Bound(source, token.get_secret_value()) for source, token in self.tokens.items()]
        former = self.former_tokens.items()
        return (*now, *(Bound(source, one.token.get_secret_value(), one.until) for source, one in former))

    @property
    def bound_staff(self) -> tuple[Bound, ...]:
        """The tokens of staff."""
        return tuple(Bound(who, token.get_secret_value()) for who, token in self.staff.items())

    def token(self, source: str) -> str:
        """The door token of a source, for the local command line. Raises `UserError` when there is none."""
        if source not in self.tokens:
            raise UserError(
                "no_token", f"No door token for source {source}. Add it to the secrets file's tokens."
            )
        return self.tokens[source].get_secret_value()


def secrets_path(settings: Settings) -> Path:
    """Where the secrets lie: the file that the settings name, or the generated one."""
    return settings.secrets or settings.data_dir / "secrets.json"


def load_secrets(settings: Settings) -> Secrets:
    """Read the secrets; generate them first when the settings name no file and none is there."""
    path = secrets_path(settings)
    if settings.secrets is None and not path.exists():
        _generate(path)
    secrets = _read(path)
    if settings.secrets is None and (secrets.root_key is None or not secrets.staff):
        rewrite(settings, _complete)
        secrets = _read(path)
    return secrets


def _complete(content: dict[str, Any]) -> None:
    """What a generated file from an earlier time lacks."""
    content.setdefault("root_key", _made())
    content["staff"] = content["staff"] or {DEFAULT_STAFF: random.token_urlsafe(KEY_BYTES)}


def _read(path: Path) -> Secrets:
    try:
        return Secrets.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise UserError(
            "no_secrets", f"No secrets at {path}. Make the file or unset MINGDIAN_SECRETS."
        ) from None
    except ValidationError as error:
        fields = ", ".join(sorted({str(e["loc"][0]) if e["loc"] else "file" for e in error.errors()}))
        raise UserError("bad_secrets", f"Secrets in {path} are wrong: {fields}. Restore the file.") from None


def stream_keys(settings: Settings) -> StreamKeys:
    """The keys of the streams, under the master keys that the file holds at each use: a rotation reaches
    every process while it runs."""
    return StreamKeys(Watched(settings, lambda secrets: Masters(secrets.current, secrets.masters)))


def quarantine(settings: Settings) -> Quarantine:
    """What seals dead letters without a stream, under the keys that the file holds at each use."""
    return Quarantine(
        Watched(settings, lambda secrets: Masters(secrets.quarantine_current, secrets.quarantine_keys))
    )


class Watched(Generic[T]):
    """Something out of the secrets. The file is read again when it was replaced; one that can't be read
    leaves what was known."""

    def __init__(self, settings: Settings, pick: Callable[[Secrets], T]) -> None:
        self._settings = settings
        self._pick = pick
        self._path = secrets_path(settings)
        self._known = pick(load_secrets(settings))
        self._seen = self._look()

    def __call__(self) -> T:
        seen = self._look()
        if seen is not None and seen != self._seen:
            try:
                self._known = self._pick(load_secrets(self._settings))
            except UserError:
                return self._known
            self._seen = seen
        return self._known

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


def _ring_of(ring: str, key: Any, once: str) -> dict[str, Any]:
    try:
        name = master_id(base64.b64decode(key, validate=True))
    except (ValueError, TypeError):
        name = once  # the key itself is refused by its field
    return {ring: {name: key}, _RINGS[ring]: name}


def as_text(key: bytes) -> str:
    """A key as the file holds it."""
    return base64.b64encode(key).decode()


def _made() -> str:
    return as_text(random.token_bytes(KEY_BYTES))


def _made_ring(keys: str, current: str) -> dict[str, Any]:
    """The first key of several."""
    key = random.token_bytes(KEY_BYTES)
    return {keys: {master_id(key): as_text(key)}, current: master_id(key)}


def admit(settings: Settings, sources: Iterable[str]) -> None:
    """Make door tokens for sources that have none, in a file that was generated; one made elsewhere is its
    maker's."""
    lacking = set(sources) - load_secrets(settings).tokens.keys()
    if settings.secrets is not None or not lacking:
        return

    def add(content: dict[str, Any]) -> None:
        for source in sorted(lacking):
            content["tokens"].setdefault(source, random.token_urlsafe(KEY_BYTES))

    rewrite(settings, add)


def rewrite(settings: Settings, change: Callable[[dict[str, Any]], object]) -> None:
    """Replace the file by a changed one, whole or not at all."""
    path = secrets_path(settings).resolve()
    try:
        with alone(path):
            content = _as_json(_read(path))
            change(content)
            with draft_of(path, content) as draft:
                draft.replace(path)
            sync_folder(path.parent)
    except OSError as error:
        raise UserError(
            "secrets_fixed",
            f"Can't write {path}: {error.strerror}. Where the file is made elsewhere, add the new key there "
            "and run this again.",
        ) from None


def _as_json(secrets: Secrets) -> dict[str, Any]:
    """What the file holds. Not pydantic's own dump: that hides the tokens."""
    content: dict[str, Any] = {"former_root_keys": dict(secrets.former_root_keys)}
    for ring, current in _RINGS.items():
        content[ring] = {name: as_text(key) for name, key in getattr(secrets, ring).items()}
        content[current] = getattr(secrets, current)
    for name in _SINGLE:
        if (key := getattr(secrets, name)) is not None:
            content[name] = as_text(key)
    for name in ("tokens", "staff", "callbacks"):
        content[name] = {who: token.get_secret_value() for who, token in getattr(secrets, name).items()}
    content["callback_addresses"] = dict(secrets.callback_addresses)
    content["former_tokens"] = {
        source: {"token": one.token.get_secret_value(), "until": one.until.isoformat()}
        for source, one in secrets.former_tokens.items()
    }
    return content


def _generate(path: Path) -> None:
    """Two processes may start at once: whichever links its file first wins, the other reads that one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content: dict[str, Any] = {
        **_made_ring("masters", "current"),
        **_made_ring("quarantine_keys", "quarantine_current"),
        **{name: _made() for name in _SINGLE},
        "tokens": {source: random.token_urlsafe(KEY_BYTES) for source in DEFAULT_SOURCES},
        "staff": {DEFAULT_STAFF: random.token_urlsafe(KEY_BYTES)},
    }
    with draft_of(path, content) as draft:
        try:
            os.link(draft, path)
        except FileExistsError:
            return
