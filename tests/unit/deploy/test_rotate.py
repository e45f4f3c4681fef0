"""A log that has grown long is cut while its writer goes on."""

from pathlib import Path

from deploy.stack.rotate import KEPT, rotate_all


def test_the_writer_goes_on_in_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "kafka.log"
    with path.open("ab", buffering=0) as writer:
        for number in range(KEPT + 3):
            writer.write(f"{number}".encode() * 100)
            rotate_all(tmp_path, limit=50)
        writer.write(b"last")
    assert path.read_bytes() == b"last"
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "kafka.log",
        "kafka.log.1",
        "kafka.log.2",
        "kafka.log.3",
    ]


def test_a_short_log_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "web.log").write_text("short")
    rotate_all(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["web.log"]
