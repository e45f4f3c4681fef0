"""A check of the audit that was never seen to fail proves nothing: each code has a damage that real servers
suffer in a test."""

import pytest

from deploy.audit.findings import SENTENCES, Findings
from tests.integration import test_audit, test_audit_files, test_audit_log, test_audit_roots


def test_every_code_has_a_damage_that_is_done_to_real_servers() -> None:
    of_parts = {one.code for one in test_audit.DAMAGES}
    of_the_log = {one.code for one in test_audit_log.DAMAGES}
    of_files = {one.code for one in test_audit_files.DAMAGES}
    of_roots = {one.code for one in test_audit_roots.DAMAGES}
    assert of_parts | of_the_log | of_files | of_roots == SENTENCES.keys()


def test_a_code_without_a_sentence_is_no_code() -> None:
    with pytest.raises(KeyError):
        Findings().add("never_heard_of")
