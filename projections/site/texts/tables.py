"""The text tables by language."""

from collections.abc import Mapping

from projections.site.texts import en, en_case, zh, zh_case

TABLES: Mapping[str, Mapping[str, str]] = {
    "zh": {**zh.TEXTS, **zh_case.TEXTS},
    "en": {**en.TEXTS, **en_case.TEXTS},
}
