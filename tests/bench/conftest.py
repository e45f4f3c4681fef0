"""Real servers for the tests of the measurements."""

from collections.abc import Iterator

import pytest

from deploy.settings import Settings
from deploy.stack.running import running_stack
from tests.integration.conftest import servers_in


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Kafka and PostgreSQL, set up and empty; no process of the platform runs."""
    with running_stack(servers_in(tmp_path_factory.mktemp("servers"))) as stack:
        yield stack.settings
