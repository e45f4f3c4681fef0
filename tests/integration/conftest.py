"""Real servers for the tests of this folder, started once, on free ports, in a folder of their own."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.settings import Settings, load_settings
from deploy.stack import temporal
from deploy.stack.ports import private
from deploy.stack.running import running_stack
from tests.integration.platforms import Platform, whole_platform


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much of the long tests is run."""
    told = "applications in the test of a year (300 take some eight minutes)"
    parser.addoption("--applications", type=int, default=40, help=told)
    parser.addoption("--record-walks", action="store_true", help="keep the history of every walk for replay")


def servers_in(folder: Path) -> Settings:
    """Settings of a stack without the platform's processes, with short waits for early and late facts."""
    return private(load_settings(), folder, platform=False, early_wait=5, late_grace=5)


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Kafka, PostgreSQL and Temporal, set up and empty; no process of the platform runs."""
    with running_stack(servers_in(tmp_path_factory.mktemp("servers"))) as stack:
        yield stack.settings


@pytest.fixture(scope="session")
def few(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Servers with few cases, for tests of what is told to every open one: other tests leave hundreds."""
    with running_stack(servers_in(tmp_path_factory.mktemp("few"))) as stack:
        yield stack.settings


@pytest.fixture(scope="session")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Servers that tests may stop, kill and limit; started when the first asks for them. What stands in the
    file `limits` is said to Temporal at its next start."""
    folder = tmp_path_factory.mktemp("alone")
    settings = servers_in(folder)
    temporal.prepare(settings)
    command, limits = folder / "temporal.sh", folder / "limits"
    limits.touch()
    real = shlex.quote(str(temporal.executable(settings)))
    command.write_text(f'#!/bin/sh\nexec {real} "$@" $(cat {shlex.quote(str(limits))})\n')
    command.chmod(0o700)
    with running_stack(settings.model_copy(update={"temporal_cli": command})) as stack:
        yield stack.settings


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """The whole platform, started when the first test asks for it."""
    with whole_platform(servers_in(tmp_path_factory.mktemp("platform"))) as one:
        yield one
