"""The sandbox that runs lifecycles: nothing is loaded within it. A workflow task has two seconds, and on a
busy machine one import can take longer."""

from importlib.machinery import SourceFileLoader
from types import ModuleType
from unittest.mock import patch

import pytest
from temporalio import workflow

from deploy.processes.worker import lifecycles
from workflows.sandbox import runner


@pytest.mark.parametrize("lifecycle", lifecycles(), ids=lambda one: one.__name__)
async def test_a_run_begins_without_loading_anything(lifecycle: type) -> None:
    loaded: list[str] = []
    load = SourceFileLoader.exec_module

    def note(loader: SourceFileLoader, module: ModuleType) -> None:
        loaded.append(module.__name__)
        load(loader, module)

    definition = workflow._Definition.must_from_class(lifecycle)
    runner().prepare_workflow(definition)  # what is loaded once for all stays outside
    with patch.object(SourceFileLoader, "exec_module", note):
        runner().prepare_workflow(definition)
    assert loaded == []
