"""The AsyncAPI document under AsyncAPI's own parser."""

import json
import shutil
from pathlib import Path

from deploy.catalogue import files, parser
from deploy.catalogue.files import Places
from events.catalogue.asyncapi import document

DOCUMENT = Places().schemas / files.ASYNCAPI


def test_the_parser_of_the_standard_finds_nothing_wrong() -> None:
    verdict = parser.parse(DOCUMENT)
    told = document()
    assert verdict.findings == ()
    assert verdict.read is not None
    assert verdict.read.channels == len(told["channels"])
    assert verdict.read.messages == len(told["components"]["messages"])


def test_the_parser_finds_what_is_wrong(tmp_path: Path) -> None:
    broken = tmp_path / "schemas"
    shutil.copytree(DOCUMENT.parent, broken)
    told = document()
    told["operations"]["tell.outcomes"]["channel"]["$ref"] = "#/channels/nowhere"
    told["channels"]["inbound"]["bindings"]["kafka"]["partitions"] = "six"
    (broken / files.ASYNCAPI).write_text(json.dumps(told))
    (broken / "mingdian.envelope.json").unlink()
    verdict = parser.parse(broken / files.ASYNCAPI)
    errors = {one.place for one in verdict.findings if one.error}
    assert verdict.read is None
    assert errors >= {
        "operations/tell.outcomes/channel/$ref",
        "channels/inbound/bindings/kafka/partitions",
        "components/messages/mingdian.connection.application_received.v2/payload/allOf/0/$ref",
    }
