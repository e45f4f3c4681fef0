"""A Temporal server that skips time: eighty days pass while one waits a second. Java's own, from the
package index."""

import shlex
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.testing import WorkflowEnvironment

from deploy.settings import Settings
from deploy.stack.cache import alone, cache_dir
from deploy.stack.kafka import java
from deploy.stack.temporal_namespace import SEARCH_ATTRIBUTES
from workflows.temporal import data_converter

SERVER = "io.temporal:temporal-test-server:1.38.0"
MAIN = "io.temporal.testserver.TestServer"


def wrapper(settings: Settings, folder: Path) -> Path:
    """Write the two lines that start the server; the SDK appends a port."""
    import jgo

    with alone("jgo"):
        jars = list(jgo.build(SERVER, cache_dir=cache_dir() / "jgo").all_jars)
    path = folder / "temporal-test-server"
    class_path = ":".join(str(jar) for jar in jars)
    path.write_text(
        f'#!/bin/sh\nexec {shlex.quote(str(java(settings)))} -cp {shlex.quote(class_path)} {MAIN} "$@"\n'
    )
    path.chmod(0o755)
    return path


@asynccontextmanager
async def skipping(settings: Settings, folder: Path) -> AsyncIterator[WorkflowEnvironment]:
    """An environment whose timers fire at once when nothing else happens."""
    env = await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=str(wrapper(settings, folder)), data_converter=data_converter()
    )
    try:
        request = AddSearchAttributesRequest(
            namespace=env.client.namespace, search_attributes=SEARCH_ATTRIBUTES
        )
        await env.client.operator_service.add_search_attributes(request)
        yield env
    finally:
        await env.shutdown()
