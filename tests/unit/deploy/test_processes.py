"""What a killed supervisor left behind is found and ended; a stranger with the same pid is not."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil

from deploy.stack.processes import Identity, clean, pid_path, read_pid, remembered, write_pid


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)


def test_leftovers_are_ended_and_forgotten(tmp_path: Path) -> None:
    with sleeper() as left:
        identity = Identity.of(left.pid)
        assert identity
        write_pid(tmp_path, "worker", identity)
        (tmp_path / "worker.alive").write_text("{}")
        assert clean(tmp_path) == ["worker"]
        assert not psutil.pid_exists(left.pid)
    assert list(tmp_path.iterdir()) == []


def test_a_stranger_with_the_same_pid_is_left_alone(tmp_path: Path) -> None:
    pid_path(tmp_path, "kafka").write_text(json.dumps({"pid": os.getpid(), "created": 1.0}))
    assert remembered(tmp_path) == {}
    assert clean(tmp_path) == []  # and we still run


def test_a_pid_file_cut_short_is_no_process(tmp_path: Path) -> None:
    pid_path(tmp_path, "kafka").write_text('{"pid": 1')
    assert read_pid(pid_path(tmp_path, "kafka")) is None
    assert clean(tmp_path) == []
