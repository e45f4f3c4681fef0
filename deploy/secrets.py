"""Keys and door tokens: made once, kept in a file that only its owner reads."""

import base64
import json
import os
import secrets as random
from pathlib import Path
from typing import Annotated

from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from deploy.errors import UserError
from deploy.settings import Settings

KEY_BYTES = 32
DEFAULT_SOURCES = ("/upstream/demo", "/upstream/feed")

Key = Annotated[Base64Bytes, Field(min_length=KEY_BYTES, max_length=KEY_BYTES, repr=False)]


class Secrets(BaseModel):
    """Five keys of 32 bytes, each for one purpose (so one can be rotated alone), and a token per source."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    master_key: Key
    """Wraps the keys of the streams."""
    quarantine_key: Key
    """Encrypts raw dead letters."""
    index_secret: Key
    """Blind index over persons."""
    receipt_secret: Key
    """Receipt codes."""
    inbox_secret: Key
    """HMAC of a raw fact, which tells a duplicate from a reused id."""
    tokens: dict[str, SecretStr]
    """Door token by CloudEvents `source`."""

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
    try:
        return Secrets.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise UserError(
            "no_secrets", f"No secrets at {path}. Make the file or unset MINGDIAN_SECRETS."
        ) from None
    except ValidationError as error:
        fields = ", ".join(sorted({str(e["loc"][0]) if e["loc"] else "file" for e in error.errors()}))
        raise UserError("bad_secrets", f"Secrets in {path} are wrong: {fields}. Restore the file.") from None


def _generate(path: Path) -> None:
    """Two processes may start at once: whichever links its file first wins, the other reads that one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    names = [name for name in Secrets.model_fields if name != "tokens"]
    content: dict[str, object] = {n: base64.b64encode(random.token_bytes(KEY_BYTES)).decode() for n in names}
    content["tokens"] = {source: random.token_urlsafe(KEY_BYTES) for source in DEFAULT_SOURCES}
    draft = path.with_name(f".{path.name}.{os.getpid()}.{random.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink(missing_ok=True)
