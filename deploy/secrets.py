"""Keys and door tokens: made once, kept in a file that only its owner reads."""

import base64
import fcntl
import json
import os
import secrets as random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator

from deploy.errors import UserError
from deploy.settings import Settings
from events.sealing import Masters, StreamKeys, master_id

KEY_BYTES = 32
DEFAULT_SOURCES = ("/upstream/demo", "/upstream/feed")
DEFAULT_STAFF = "desk"
_SINGLE = ("quarantine_key", "index_secret", "receipt_secret", "inbox_secret", "root_key")

Key = Annotated[Base64Bytes, Field(min_length=KEY_BYTES, max_length=KEY_BYTES)]


class Secrets(BaseModel):
    """Keys of 32 bytes, each for one purpose (so one can be rotated alone), and a token per source."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    masters: Annotated[dict[str, Key], Field(min_length=1, repr=False)]
    """Wrap the keys of the streams: one by its id, two while a rotation is under way."""
    current: str
    """The id of the master key that wraps new stream keys."""
    quarantine_key: Annotated[Key, Field(repr=False)]
    """Encrypts raw dead letters."""
    index_secret: Annotated[Key, Field(repr=False)]
    """Blind index over persons."""
    receipt_secret: Annotated[Key, Field(repr=False)]
    """Receipt codes."""
    inbox_secret: Annotated[Key, Field(repr=False)]
    """HMAC of a raw fact, which tells a duplicate from a reused id."""
    root_key: Annotated[Key | None, Field(repr=False)] = None
    """Signs the daily root (Ed25519). A file made elsewhere may lack it: no root is sealed then."""
    tokens: dict[str, SecretStr]
    """Door token by CloudEvents `source`."""
    staff: dict[str, SecretStr] = Field(default_factory=dict)
    """Token by the code of the member of staff, who may get files of applications with it."""

    @model_validator(mode="before")
    @classmethod
    def _from_before_rotation(cls, data: Any) -> Any:
        """A file of the time when there was one `master_key` and no way to change it."""
        if not isinstance(data, dict) or "master_key" not in data or "masters" in data:
            return data
        rest = {name: value for name, value in data.items() if name != "master_key"}
        try:
            name = master_id(base64.b64decode(data["master_key"], validate=True))
        except (ValueError, TypeError):
            name = "master_key"  # the key itself is refused below
        return {"masters": {name: data["master_key"]}, "current": name, **rest}

    @model_validator(mode="after")
    def _current_is_there(self) -> "Secrets":
        if self.current not in self.masters:
            raise ValueError("current names none of the masters")
        return self

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
        _rewrite(settings, _complete)
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
    return StreamKeys(_Watched(settings))


class _Watched:
    """Reads the file again when it was replaced; a file that can't be read leaves what was known."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._path = secrets_path(settings)
        self._masters = _masters(load_secrets(settings))
        self._seen = self._look()

    def __call__(self) -> Masters:
        seen = self._look()
        if seen is not None and seen != self._seen:
            try:
                self._masters = _masters(load_secrets(self._settings))
            except UserError:
                return self._masters
            self._seen = seen
        return self._masters

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


def _masters(secrets: Secrets) -> Masters:
    return Masters(secrets.current, secrets.masters)


def add_master(settings: Settings) -> str:
    """Make a master key and let it be the current one; returns its id. Raises `UserError`."""
    key = random.token_bytes(KEY_BYTES)
    name = master_id(key)

    def change(content: dict[str, Any]) -> None:
        content["masters"][name] = base64.b64encode(key).decode()
        content["current"] = name

    _rewrite(settings, change)
    return name


def drop_masters(settings: Settings, names: frozenset[str]) -> None:
    """Forget master keys for ever; the current one stays. Raises `UserError`."""

    def change(content: dict[str, Any]) -> None:
        for name in names - {content["current"]}:
            content["masters"].pop(name, None)

    _rewrite(settings, change)


def _made() -> str:
    """A new key as the file holds it."""
    return base64.b64encode(random.token_bytes(KEY_BYTES)).decode()


def _rewrite(settings: Settings, change: Callable[[dict[str, Any]], object]) -> None:
    """Replace the file by a changed one, whole or not at all."""
    path = secrets_path(settings).resolve()
    try:
        with _alone(path):
            content = _as_json(_read(path))
            change(content)
            with _draft(path, content) as draft:
                draft.replace(path)
            _sync_folder(path.parent)
    except OSError as error:
        raise UserError(
            "secrets_fixed",
            f"Can't write {path}: {error.strerror}. Where the file is made elsewhere, change `masters` and "
            "`current` there and run this again.",
        ) from None


def _as_json(secrets: Secrets) -> dict[str, Any]:
    """What the file holds. Not pydantic's own dump: that hides the tokens."""

    def text(key: bytes) -> str:
        return base64.b64encode(key).decode()

    content: dict[str, Any] = {
        "masters": {name: text(key) for name, key in secrets.masters.items()},
        "current": secrets.current,
    }
    for name in _SINGLE:
        if (key := getattr(secrets, name)) is not None:
            content[name] = text(key)
    for name in ("tokens", "staff"):
        content[name] = {who: token.get_secret_value() for who, token in getattr(secrets, name).items()}
    return content


def _generate(path: Path) -> None:
    """Two processes may start at once: whichever links its file first wins, the other reads that one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    master = random.token_bytes(KEY_BYTES)
    content: dict[str, Any] = {
        "masters": {master_id(master): base64.b64encode(master).decode()},
        "current": master_id(master),
        **{name: _made() for name in _SINGLE},
        "tokens": {source: random.token_urlsafe(KEY_BYTES) for source in DEFAULT_SOURCES},
        "staff": {DEFAULT_STAFF: random.token_urlsafe(KEY_BYTES)},
    }
    with _draft(path, content) as draft:
        try:
            os.link(draft, path)
        except FileExistsError:
            return


@contextmanager
def _draft(path: Path, content: dict[str, Any]) -> Iterator[Path]:
    """The content in a file beside `path`, on the disk and for its owner alone; gone afterwards."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.{random.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        yield draft
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other commands from changing the file meanwhile."""
    with path.parent.joinpath(f".{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
