"""Which channels are called back, where, and by which secret: settings and secrets file over the table."""

from collections.abc import Callable, Iterator, Mapping
from typing import Literal, NamedTuple

from deploy.secrets import Secrets, Watched
from deploy.settings import Settings
from workflows.policy.interface import Interface
from workflows.policy.interface_words import Callback

Place = Literal["settings", "secrets", "table"]


class Address(NamedTuple):
    """An address of a channel's callbacks, and who names it."""

    value: str
    named_by: Place


def address_of(
    profile: str, interface: Interface, settings: Mapping[str, str], secrets: Mapping[str, str]
) -> Address | None:
    """Return where a channel is called back; None where nobody has named an address."""
    if interface.callback is None:
        return None
    name = f"{profile}.{interface.id}"
    if name in settings:
        return Address(settings[name], "settings")
    if name in secrets:
        return Address(secrets[name], "secrets")
    return Address(interface.callback.address, "table") if interface.callback.address else None


def secret_name(interface: Interface) -> str:
    """Under which name the secret of a channel's callbacks stands in the secrets file."""
    named = interface.callback.secret if interface.callback is not None else None
    return named or interface.id


class Called(Mapping[tuple[str, str], Interface]):
    """The channels that are called back, by profile and source, with address and secret's name filled in. An
    address that the secrets file names counts from then on."""

    def __init__(
        self,
        interfaces: Mapping[str, tuple[Interface, ...]],
        settings: Mapping[str, str],
        secrets: Callable[[], Mapping[str, str]],
    ) -> None:
        self._tables = {
            (profile, one.upstream): one
            for profile, listed in interfaces.items()
            for one in listed
            if one.callback is not None
        }
        self._settings, self._secrets = settings, secrets

    def __getitem__(self, key: tuple[str, str]) -> Interface:
        table = self._tables[key]
        found = address_of(key[0], table, self._settings, self._secrets())
        if found is None:
            raise KeyError(key)
        return table.model_copy(update={"callback": filled(table, found)})

    def __iter__(self) -> Iterator[tuple[str, str]]:
        named = self._secrets()
        for key, table in self._tables.items():
            if address_of(key[0], table, self._settings, named) is not None:
                yield key

    def __len__(self) -> int:
        return sum(1 for _ in self)


def filled(interface: Interface, address: Address) -> Callback:
    """A channel's callback with where and by which secret it goes."""
    assert interface.callback is not None
    return interface.callback.model_copy(update={"address": address.value, "secret": secret_name(interface)})


def watched_addresses(settings: Settings) -> Callable[[], Mapping[str, str]]:
    """Return what tells the addresses that the secrets file names now."""
    return Watched(settings, _addresses)


def _addresses(secrets: Secrets) -> Mapping[str, str]:
    return secrets.callback_addresses
