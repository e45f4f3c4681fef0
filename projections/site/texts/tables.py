"""The text tables by language."""

from collections.abc import Mapping

from projections.site.texts import (
    en,
    en_case,
    en_papers,
    en_standards,
    en_verify,
    zh,
    zh_case,
    zh_papers,
    zh_standards,
    zh_verify,
)

TABLES: Mapping[str, Mapping[str, str]] = {
    "zh": {**zh.TEXTS, **zh_case.TEXTS, **zh_papers.TEXTS, **zh_standards.TEXTS, **zh_verify.TEXTS},
    "en": {**en.TEXTS, **en_case.TEXTS, **en_papers.TEXTS, **en_standards.TEXTS, **en_verify.TEXTS},
}
