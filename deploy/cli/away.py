"""What to say when a server goes away under a command: one line instead of a traceback."""

import sys

SENTENCE = "The stack went away while this ran. Start it with ./mingdian up and run this again."

# By name, so that telling an error loads no client library that the command itself did not.
_AWAY = (
    ("psycopg", "OperationalError"),
    ("psycopg_pool", "PoolTimeout"),
    ("httpx", "TransportError"),
    ("temporalio.service", "RPCError"),
)


def sentence(error: BaseException) -> str | None:
    """Return the line for an error that means a server is away, alone or as all of a group; else None."""
    if isinstance(error, BaseExceptionGroup):
        told = {sentence(one) for one in error.exceptions}
        return told.pop() if len(told) == 1 else None
    kinds = (getattr(sys.modules.get(module), name, None) for module, name in _AWAY)
    return SENTENCE if any(kind is not None and isinstance(error, kind) for kind in kinds) else None
