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
STARTS = 5


def wrapper(settings: Settings, folder: Path) -> Path:
    """Write the two lines that start the server; the SDK appends a port."""
    import jgo

    with alone("jgo"):
        jars = list(jgo.build(SERVER, cache_dir=cache_dir() / "jgo").all_jars)
    path = folder / "temporal-test-server"
    archive = cache_dir() / "temporal-test-server.jsa"  # the classes as they were loaded: a start takes half
    class_path = ":".join(str(jar) for jar in jars)
    options = f"-XX:TieredStopAtLevel=1 -XX:+AutoCreateSharedArchive -XX:SharedArchiveFile={archive}"
    command = [str(java(settings)), *options.split(" "), "-cp", class_path, MAIN]
    path.write_text(f'#!/bin/sh\nexec {shlex.join(command)} "$@"\n')
    path.chmod(0o755)
    return path


@asynccontextmanager
async def skipping(settings: Settings, folder: Path) -> AsyncIterator[WorkflowEnvironment]:
    """An environment whose timers fire at once when nothing else happens."""
    env = await _started(wrapper(settings, folder))
    try:
        request = AddSearchAttributesRequest(
            namespace=env.client.namespace, search_attributes=SEARCH_ATTRIBUTES
        )
        await env.client.operator_service.add_search_attributes(request)
        yield env
    finally:
        await env.shutdown()


async def _started(path: Path) -> WorkflowEnvironment:
    """The SDK waits five seconds and no longer: a busy machine gets another chance."""
    for attempt in range(1, STARTS + 1):
        try:
            return await WorkflowEnvironment.start_time_skipping(
                test_server_existing_path=str(path), data_converter=data_converter()
            )
        except RuntimeError:
            if attempt == STARTS:
                raise
    raise AssertionError
