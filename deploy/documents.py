"""The document store, from the settings; and what the pages see of it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime

from activities.documents import register
from activities.documents.cabinet import Cabinet, Limits
from activities.documents.kinds import KINDS, suffix_of
from activities.documents.store import FileStore, NoSuchStoreError
from activities.outcomes import Pool
from deploy.errors import UserError
from deploy.secrets import stream_keys
from deploy.settings import Settings
from events.producer import Producer
from projections.site.documents import FileOut, HandedIn
from workflows.intake.handing import Handing
from workflows.policy.model import Policy


def store_of(settings: Settings) -> FileStore:
    """Return the store that the settings name. Raises `UserError` for one that can't be opened."""
    try:
        return FileStore(settings.documents_url)
    except NoSuchStoreError as error:
        raise UserError(error.code, error.sentence) from None


def cabinet_of(settings: Settings, pool: Pool) -> Cabinet:
    """Return the platform's cabinet, on the store that the settings name. Raises `UserError`."""
    limits = Limits(int(settings.document_bytes), settings.documents_per_case, settings.document_kinds)
    return Cabinet(pool, store_of(settings), stream_keys(settings), limits)


@dataclass(frozen=True)
class SiteDocuments:
    """The store as `projections.site.documents.Documents` asks for it."""

    handing: Handing
    max_bytes: int
    suffixes: tuple[str, ...]

    def turn(self) -> AbstractContextManager[None]:
        """Hold a place while a file is received."""
        return self.handing.cabinet.turn()

    async def hand_in(self, policy: Policy, number: str, document: str, once: str, content: bytes) -> None:
        """Keep a file and tell the case."""
        await self.handing.hand_in(policy, number, document, once, content)

    async def handed_in(self, number: str) -> Sequence[HandedIn]:
        """Return what was handed in on the pages."""
        return [
            HandedIn(one.document, one.sha256, one.at, one.outcome, one.code)
            for one in await self.handing.handed_in(number)
        ]

    async def there(self, number: str) -> frozenset[str]:
        """Return the files of the register."""
        async with self.handing.cabinet.pool.connection() as conn:
            return frozenset(one.sha256 for one in await register.files_of(conn, number))

    async def open(self, number: str, sha256: str) -> FileOut | None:
        """Return a file."""
        opened = await self.handing.cabinet.open(number, sha256)
        if opened is None:
            return None
        return FileOut(opened.content, opened.ref.media_type, suffix_of(opened.ref.media_type))


def site_documents(settings: Settings, cabinet: Cabinet, producer: Producer) -> SiteDocuments:
    """Return what the pages are given."""
    handing = Handing(cabinet, producer, lambda: datetime.now(UTC))
    suffixes = tuple(suffix_of(KINDS[kind]) for kind in settings.document_kinds)
    return SiteDocuments(handing, int(settings.document_bytes), suffixes)
