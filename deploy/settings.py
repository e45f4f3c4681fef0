"""Every setting of the platform, in one class, read once at start and passed down.

Order of strength: arguments, `MINGDIAN_*` in the environment, `mingdian.toml` in the checkout, the defaults.
"""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from pydantic import ByteSize, Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from deploy.errors import UserError

ROOT = Path(__file__).resolve().parent.parent
"""The checkout (or wherever the packages lie)."""

PREFIX = "MINGDIAN_"

LOCAL_WAIT = timedelta(seconds=20)
"""How long the local stack waits for early and late facts, so that a demo ends while one watches."""

Port = Annotated[int, Field(ge=1, le=65535)]
Positive = Annotated[timedelta, Field(gt=timedelta(0))]


class Settings(BaseSettings):
    """Frozen. Paths are absolute after reading; relative ones count from `root`.

    `kafka`, `postgres` and `temporal` name a server to use; left out, the local stack starts its own.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        frozen=True,
        extra="forbid",
        toml_file=ROOT / "mingdian.toml",
        validate_default=True,
    )

    root: Path = ROOT
    data_dir: Path = Path(".local")
    profiles: Annotated[tuple[Path, ...], NoDecode] = (
        Path("deploy/profiles/hainan"),
        Path("tests/profiles/midwest"),
    )

    kafka: str | None = None
    kafka_port: Port = 19092
    kafka_controller_port: Port = 19093
    postgres: str | None = None
    postgres_port: Port = 15432
    temporal: str | None = None
    temporal_port: Port = 17233
    temporal_ui_port: Port = 18233
    temporal_cli: Path | None = None
    java: Path | None = None
    chromium: Path | None = None
    """The browser of the tests; by default the one on the PATH."""
    namespace: str = "mingdian"

    web_host: str = "127.0.0.1"
    web_port: Port = 8600

    early_wait: Positive = timedelta(minutes=15)
    late_grace: Positive = timedelta(minutes=15)
    max_payload_bytes: ByteSize = ByteSize(256 * 1024)
    max_backlog: Annotated[int, Field(ge=1)] = 100_000
    """Facts that may wait between door and cases; beyond it the door asks to be sent them later (429)."""
    inbound_roll: Positive = timedelta(minutes=10)
    """How long a file of an inbound topic takes records, which are in clear: once handled, its bytes are gone
    after about twice this and a few minutes."""
    inbound_topics: dict[str, str] = Field(default_factory=dict)
    """Topics of upstreams that produce to Kafka themselves: topic suffix to the one `source` it may carry."""

    documents: str | None = None
    """Where files of applications lie, sealed: a folder, or any address that fsspec knows, as
    `s3://bucket/folder`; by default a folder in `data_dir`."""
    document_bytes: Annotated[ByteSize, Field(ge=1, le=64 * 1024 * 1024)] = ByteSize(10 * 1024 * 1024)
    """The largest file that is taken."""
    documents_per_case: Annotated[int, Field(ge=1)] = 60
    """Files of one application, all in all."""
    document_kinds: Annotated[tuple[str, ...], NoDecode] = ("pdf", "jpeg", "png", "tiff", "ofd")
    """Which kinds are taken, by content: of pdf, jpeg, png, tiff, ofd, docx, xlsx; in the environment with
    commas."""

    callback_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Hosts that channels may be called back at, besides this machine, over https; in the environment with
    commas."""

    callback_addresses: dict[str, str] = Field(default_factory=dict)
    """Where a channel is called back, by `<profile>.<channel>`; in the environment as a JSON object. Before
    what the secrets file and the channel's table say."""

    secrets: Path | None = None
    """A JSON file of secrets made elsewhere; by default they are generated into `data_dir`."""
    traces: Path | None = None
    """Where spans are written, one JSON object a line; left out, spans are passed on but not kept."""
    log_level: str = "INFO"
    platform: bool = True
    """False starts the servers alone, without the platform's own processes."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments before environment before file; no .env and no secrets folder."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @field_validator("profiles", mode="before")
    @classmethod
    def _split_path_list(cls, value: Any) -> Any:
        """The environment gives a list the way PATH does."""
        return (
            tuple(Path(part) for part in value.split(os.pathsep) if part) if isinstance(value, str) else value
        )

    @field_validator("document_kinds", "callback_hosts", mode="before")
    @classmethod
    def _split_words(cls, value: Any) -> Any:
        """The environment gives them in one text."""
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @field_validator("callback_addresses")
    @classmethod
    def _addresses(cls, value: dict[str, str]) -> dict[str, str]:
        from workflows.policy.interface_words import web_address  # reads the catalogue: not for every command

        return {name: web_address(address) for name, address in value.items()}

    @field_validator("document_kinds")
    @classmethod
    def _known_kinds(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        from activities.documents.kinds import KINDS  # reads a table of signatures: not for every command

        if not value or not set(value) <= set(KINDS):
            raise ValueError(f"some of {', '.join(KINDS)}")
        return value

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("one of DEBUG, INFO, WARNING, ERROR")
        return value.upper()

    @model_validator(mode="before")
    @classmethod
    def _absolute_paths(cls, data: dict[str, Any]) -> dict[str, Any]:
        """A relative path means the same wherever the command is called from."""
        root = Path(data.get("root") or ROOT).expanduser().resolve()
        whole = {
            "data_dir": Path(".local"),
            "profiles": cls.model_fields["profiles"].default,
            **data,
            "root": root,
        }
        for name in ("data_dir", "temporal_cli", "java", "chromium", "secrets", "traces"):
            if whole.get(name) is not None:
                whole[name] = root / Path(whole[name]).expanduser()
        if (files := whole.get("documents")) and "://" not in files:
            whole["documents"] = str(root / Path(files).expanduser())
        listed = whole["profiles"]
        if isinstance(listed, str):
            listed = [part for part in listed.split(os.pathsep) if part]
        whole["profiles"] = tuple(root / Path(part).expanduser() for part in listed)
        return whole

    @property
    def run_dir(self) -> Path:
        """Pid files, heartbeats and the supervisor's state."""
        return self.data_dir / "run"

    @property
    def log_dir(self) -> Path:
        """One log file per part."""
        return self.data_dir / "logs"

    @property
    def documents_url(self) -> str:
        """The document store in use."""
        return self.documents or str(self.data_dir / "documents")

    @property
    def kafka_bootstrap(self) -> str:
        """`host:port[,host:port…]` of the broker in use."""
        return self.kafka or f"127.0.0.1:{self.kafka_port}"

    @property
    def postgres_dsn(self) -> str:
        """The database in use, as a URI. The local one names a password *file*: the URI is no secret."""
        if self.postgres:
            return self.postgres
        passfile = quote(str(self.data_dir / "postgres.pass"), safe="")
        return f"postgresql://mingdian@127.0.0.1:{self.postgres_port}/mingdian?passfile={passfile}"

    @property
    def temporal_address(self) -> str:
        """`host:port` of the Temporal front end in use."""
        return self.temporal or f"127.0.0.1:{self.temporal_port}"

    @property
    def temporal_ui_url(self) -> str | None:
        """Temporal's web pages; None when the server is somebody else's."""
        return None if self.temporal else f"http://127.0.0.1:{self.temporal_ui_port}"

    @property
    def web_url(self) -> str:
        """Address of pages, door and interface, without a closing slash."""
        host = "127.0.0.1" if self.web_host in {"0.0.0.0", ""} else self.web_host  # noqa: S104 - compared, not bound
        return f"http://{f'[{host}]' if ':' in host else host}:{self.web_port}"


def load_settings(**given: Any) -> Settings:
    """Read the settings once. `given` wins over environment and file.

    Raises `UserError("settings", …)` that names each wrong setting and a misspelt environment variable.
    """
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    strange = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    if strange:
        raise UserError("settings", f"No such setting: {', '.join(strange)}. Unset it or correct its name.")
    try:
        return Settings(**given)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg']}" for e in error.errors())
        raise UserError(
            "settings", f"Settings are wrong: {wrong}. Correct {PREFIX}… or mingdian.toml."
        ) from None
    except ValueError as error:  # mingdian.toml is not TOML, or a list in the environment is not JSON
        raise UserError(
            "settings", f"Settings can't be read: {error}. Correct {PREFIX}… or mingdian.toml."
        ) from None


def settings_from_file(path: Path) -> Settings:
    """The settings as `save_settings` left them: what a process started by the supervisor runs on."""
    return Settings(**json.loads(path.read_text(encoding="utf-8")))


def save_settings(settings: Settings, path: Path) -> None:
    """Write all settings for the processes of the supervisor. 0600: an address may hold a password."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(settings.model_dump_json(), encoding="utf-8")


def for_local_stack(settings: Settings) -> Settings:
    """The same settings with short waits for early and late facts, unless somebody chose them."""
    chosen = settings.model_fields_set
    short = {name: LOCAL_WAIT for name in ("early_wait", "late_grace") if name not in chosen}
    return settings.model_copy(update=short) if short else settings
