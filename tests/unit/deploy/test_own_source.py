"""Nobody outside speaks in the platform's own name: no token and no topic is bound to its source."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from deploy.errors import UserError
from deploy.processes.intake import make_desk
from deploy.profiles.loader import load_profiles
from deploy.secrets import load_secrets
from deploy.settings import load_settings


@pytest.mark.parametrize("source", ["/mingdian/hainan", "/mingdian/midwest", "/mingdian/hainan/web"])
def test_a_token_or_a_topic_of_the_platforms_own_source_is_refused_at_start(
    tmp_path: Path, source: str
) -> None:
    settings = load_settings(data_dir=tmp_path)
    policies, secrets = load_profiles(settings.profiles), load_secrets(settings)
    make_desk(settings, secrets, policies)
    with_token = secrets.model_copy(update={"tokens": {**secrets.tokens, source: SecretStr("x")}})
    with pytest.raises(UserError) as told:
        make_desk(settings, with_token, policies)
    assert told.value.code == "platform_source"
    named = settings.model_copy(update={"inbound_topics": {"grid": source}})
    with pytest.raises(UserError) as told:
        make_desk(named, secrets, policies)
    assert told.value.code == "platform_source"


def test_a_source_that_only_looks_alike_is_fine(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, inbound_topics={"grid": "/mingdian/hainan-grid"})
    make_desk(settings, load_secrets(settings), load_profiles(settings.profiles))
