"""Probes that speak each server's own language: an open port alone proves nothing."""

import asyncio
from datetime import timedelta
from pathlib import Path

from deploy import heartbeat
from deploy.stack.parts import Condition, Health, Probe

_TIMEOUT = 5.0


def postgres(dsn: str, *, database_may_be_missing: bool) -> Probe:
    """`SELECT 1`. A local server is healthy before its database is made: then `postgres` is asked instead."""
    import psycopg
    from psycopg.conninfo import make_conninfo

    async def ask(**instead: str) -> str:
        address = make_conninfo(dsn, **instead)
        async with await psycopg.AsyncConnection.connect(address, connect_timeout=3, autocommit=True) as link:
            row = await (await link.execute("SELECT 1, current_setting('server_version')")).fetchone()
            return f"PostgreSQL {row[1]}" if row else "no answer"

    async def probe() -> Health:
        try:
            return Health(Condition.OK, await ask())
        except psycopg.OperationalError as error:
            if database_may_be_missing and is_missing_database(error):
                return Health(Condition.OK, await ask(dbname="postgres"))
            return Health(Condition.SILENT, _first_line(error))

    return _bounded(probe)


def is_missing_database(error: Exception) -> bool:
    """Whether a connection was refused only because the database is not there.

    psycopg tells a refused connection in one class, without the server's code; only the text says why.
    """
    return "database" in str(error) and "does not exist" in str(error)


def kafka(bootstrap: str) -> Probe:
    """Cluster metadata with a controller and at least one broker."""

    def ask() -> Health:
        from kafka.admin import KafkaAdminClient
        from kafka.errors import KafkaError

        try:
            client = KafkaAdminClient(
                bootstrap_servers=bootstrap.split(","),
                client_id="mingdian-health",
                request_timeout_ms=4000,
                bootstrap_timeout_ms=3000,
            )
        except (KafkaError, OSError, ValueError) as error:
            return Health(Condition.SILENT, type(error).__name__)
        try:
            found = client.describe_cluster()
        except (KafkaError, OSError) as error:
            return Health(Condition.SILENT, type(error).__name__)
        finally:
            client.close()
        brokers = len(found["brokers"])
        return Health(Condition.OK, f"Kafka, {brokers} broker{'s' if brokers != 1 else ''}")

    async def probe() -> Health:
        return await asyncio.to_thread(ask)

    return _bounded(probe, seconds=10.0)


def temporal(address: str, namespace: str) -> Probe:
    """The front end's own health, then the namespace; one not made yet is no fault of the server's."""
    from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, GetSystemInfoRequest
    from temporalio.service import ConnectConfig, RPCError, RPCStatusCode, ServiceClient

    limit = timedelta(seconds=3)

    async def ask() -> Health:
        client = await ServiceClient.connect(ConnectConfig(target_host=address, lazy=True))
        if not await client.check_health(timeout=limit):
            return Health(Condition.SILENT, "not serving")
        info = await client.workflow_service.get_system_info(GetSystemInfoRequest(), timeout=limit)
        words = f"Temporal {info.server_version}"
        try:
            request = DescribeNamespaceRequest(namespace=namespace)
            await client.workflow_service.describe_namespace(request, timeout=limit)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return Health(Condition.OK, f"{words}, namespace {namespace} not made yet")
        return Health(Condition.OK, words)

    async def probe() -> Health:
        try:
            return await ask()
        except RPCError as error:
            return Health(Condition.SILENT, error.status.name.lower())
        except RuntimeError:  # the connection itself, which the client reports in no class of its own
            return Health(Condition.SILENT, "no connection")

    return _bounded(probe)


def web(url: str, alive: Path) -> Probe:
    """`GET /healthz`: 200 is well, another answer is its own word that something it needs is missing.

    Its heartbeat must be fresh too: else a stranger on the same port would be taken for it.
    """
    import httpx

    living = beats(alive)

    async def probe() -> Health:
        beat = await living()
        if beat.condition is Condition.SILENT:
            return beat
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False) as client:
                answer = await client.get(f"{url}/healthz")
        except httpx.HTTPError as error:
            return Health(Condition.SILENT, type(error).__name__)
        if answer.status_code == httpx.codes.OK:
            return Health(Condition.OK, url)
        return Health(Condition.DEGRADED, f"healthz says {answer.status_code}")

    return _bounded(probe, seconds=_TIMEOUT + 1)


def beats(path: Path) -> Probe:
    """The heartbeat of one of our own processes."""

    async def probe() -> Health:
        beat = heartbeat.read(path)
        if beat is None:
            return Health(Condition.SILENT, "no heartbeat yet")
        if beat.stale:
            return Health(Condition.SILENT, f"last heartbeat {beat.age:.0f} s ago")
        return Health(Condition.OK if beat.ok else Condition.DEGRADED, beat.detail)

    return probe


def shown_dsn(dsn: str) -> str:
    """A database address without its password."""
    from psycopg.conninfo import conninfo_to_dict

    known = conninfo_to_dict(dsn)
    return f"{known.get('host', 'local')}:{known.get('port', 5432)}/{known.get('dbname', '')}"


def _bounded(probe: Probe, seconds: float = _TIMEOUT) -> Probe:
    """A server that accepts and then says nothing is silent too."""

    async def within() -> Health:
        try:
            return await asyncio.wait_for(probe(), seconds)
        except TimeoutError:
            return Health(Condition.SILENT, f"no answer in {seconds:.0f} s")

    return within


def _first_line(error: Exception) -> str:
    text = str(error).strip().splitlines()
    return text[0] if text else type(error).__name__
