"""A port that is taken is told in one line with the setting that moves it."""

import os
import socket

import pytest

from deploy.errors import UserError
from deploy.stack.parts import Listener
from deploy.stack.ports import require_free


def test_a_taken_port_names_port_setting_and_holder() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError) as caught:
            require_free([Listener("127.0.0.1", port, "kafka_port")])
    assert caught.value.code == "port_in_use"
    assert f"Port {port} " in caught.value.message
    assert "MINGDIAN_KAFKA_PORT" in caught.value.message
    assert f"process {os.getpid()}" in caught.value.message
    assert "\n" not in caught.value.message


def test_a_free_port_is_taken_by_nobody() -> None:
    with socket.create_server(("127.0.0.1", 0)) as once:
        port = once.getsockname()[1]
    require_free([Listener("127.0.0.1", port, "web_port")])


def test_one_port_for_two_parts_is_refused() -> None:
    with pytest.raises(UserError, match="kafka_port and web_port"):
        require_free([Listener("127.0.0.1", 65000, "kafka_port"), Listener("127.0.0.1", 65000, "web_port")])
