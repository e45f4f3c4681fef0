"""Turns a template and its values into a page, in the reader's language."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from projections.api.reads import Clock
from projections.site.assets import Assets
from projections.site.texts.tables import TABLES
from projections.site.words import Words
from workflows.policy.model import Policy

FOLDER = Path(__file__).parent / "templates"
LANGUAGE_COOKIE = "lang"
_YEAR_SECONDS = 365 * 24 * 3600


class Pages:
    """Renders pages. All templates are compiled when it is made, so that a fault in one shows at start."""

    def __init__(self, policies: Mapping[str, Policy], assets: Assets, clock: Clock) -> None:
        self._policies = policies
        self._clock = clock
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals["assets"] = assets
        self._environment.globals["language_names"] = {c: t["language.name"] for c, t in TABLES.items()}
        for name in self._environment.list_templates():
            self._environment.get_template(name)

    def words(self, request: Request, policy: Policy) -> Words:
        """Return the reader's language: what the address asks for, then what was chosen before, then the
        profile's."""
        asked = request.query_params.get("lang")
        chosen = request.cookies.get(LANGUAGE_COOKIE)
        language = next((code for code in policy.languages if code == (asked or chosen)), policy.languages[0])
        return Words(language, TABLES[language], policy.timezone, self._clock())

    def page(
        self,
        request: Request,
        policy: Policy,
        template: str,
        *,
        status: int = 200,
        section: str = "",
        **values: Any,
    ) -> HTMLResponse:
        """Return a page. A language asked for in the address is remembered for the next pages."""
        words = values.pop("w", None) or self.words(request, policy)
        page = self._environment.get_template(template).render(
            w=words,
            policy=policy,
            home=f"/{policy.profile}",
            section=section,
            languages=[(code, _in_language(request, code)) for code in policy.languages],
            others=[other for other in self._policies.values() if other.profile != policy.profile],
            year=_year(self._clock(), policy),
            **{"stream": None, "position": 0, **values},
        )
        response = HTMLResponse(page, status_code=status, headers={"vary": "Cookie"})
        if request.query_params.get("lang") == words.language:
            response.set_cookie(
                LANGUAGE_COOKIE,
                words.language,
                max_age=_YEAR_SECONDS,
                path="/",
                httponly=True,
                samesite="lax",
            )
        return response


def _in_language(request: Request, code: str) -> str:
    """The same page in another language: only the path and the language, whatever else the address held."""
    return f"{request.url.path}?lang={code}"


def _year(now: datetime, policy: Policy) -> int:
    return now.astimezone(ZoneInfo(policy.timezone)).year
