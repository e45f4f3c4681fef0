"""The text tables by language."""

from collections.abc import Mapping

from projections.site.texts import (
    en,
    en_beside,
    en_case,
    en_channels,
    en_contact,
    en_figures,
    en_papers,
    en_projects,
    en_standards,
    en_verify,
    zh,
    zh_beside,
    zh_case,
    zh_channels,
    zh_contact,
    zh_figures,
    zh_papers,
    zh_projects,
    zh_standards,
    zh_verify,
)

_ZH = (
    zh,
    zh_beside,
    zh_case,
    zh_channels,
    zh_contact,
    zh_figures,
    zh_papers,
    zh_projects,
    zh_standards,
    zh_verify,
)
_EN = (
    en,
    en_beside,
    en_case,
    en_channels,
    en_contact,
    en_figures,
    en_papers,
    en_projects,
    en_standards,
    en_verify,
)

TABLES: Mapping[str, Mapping[str, str]] = {
    "zh": {key: text for table in _ZH for key, text in table.TEXTS.items()},
    "en": {key: text for table in _EN for key, text in table.TEXTS.items()},
}
