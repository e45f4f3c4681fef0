"""Temporal's namespace, how long it keeps closed runs, and what runs can be searched by."""

import logging
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    RegisterNamespaceRequest,
    UpdateNamespaceRequest,
)
from temporalio.service import ConnectConfig, RPCError, RPCStatusCode, ServiceClient

from deploy.errors import UserError

RETENTION = timedelta(days=30)

_KEYWORD = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
_DATETIME = IndexedValueType.INDEXED_VALUE_TYPE_DATETIME
SEARCH_ATTRIBUTES = {
    "MingdianProfile": _KEYWORD,
    "MingdianRegion": _KEYWORD,
    "MingdianStep": _KEYWORD,
    "MingdianKind": _KEYWORD,
    "MingdianDue": _DATETIME,
}

_LIMIT = timedelta(seconds=10)
_log = logging.getLogger(__name__)


async def ensure(address: str, namespace: str) -> None:
    """Make the namespace with its retention and its search attributes.

    Raises `UserError("search_attribute", …)` when an attribute is there with another type.
    """
    client = await ServiceClient.connect(ConnectConfig(target_host=address))
    await _namespace(client, namespace)
    await _attributes(client, namespace)


async def _namespace(client: ServiceClient, namespace: str) -> None:
    retention = Duration()
    retention.FromTimedelta(RETENTION)
    service = client.workflow_service
    try:
        found = await service.describe_namespace(
            DescribeNamespaceRequest(namespace=namespace), timeout=_LIMIT
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        request = RegisterNamespaceRequest(namespace=namespace, workflow_execution_retention_period=retention)
        await service.register_namespace(request, timeout=_LIMIT, retry=True)
        _log.info("namespace made", extra={"namespace": namespace})
        return
    if found.config.workflow_execution_retention_ttl != retention:
        config = NamespaceConfig(workflow_execution_retention_ttl=retention)
        await service.update_namespace(
            UpdateNamespaceRequest(namespace=namespace, config=config), timeout=_LIMIT, retry=True
        )
        _log.info("retention set", extra={"namespace": namespace, "days": RETENTION.days})


async def _attributes(client: ServiceClient, namespace: str) -> None:
    service = client.operator_service
    listed = await service.list_search_attributes(
        ListSearchAttributesRequest(namespace=namespace), timeout=_LIMIT, retry=True
    )
    there = dict(listed.custom_attributes)
    wrong = sorted(name for name, kind in SEARCH_ATTRIBUTES.items() if there.get(name, kind) != kind)
    if wrong:
        raise UserError(
            "search_attribute",
            f"Search attributes have another type: {', '.join(wrong)}. Use another namespace.",
        )
    missing = {name: kind for name, kind in SEARCH_ATTRIBUTES.items() if name not in there}
    if missing:
        request = AddSearchAttributesRequest(namespace=namespace, search_attributes=missing)
        await service.add_search_attributes(request, timeout=_LIMIT, retry=True)
        _log.info("search attributes made", extra={"names": ",".join(missing)})
