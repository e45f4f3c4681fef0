"""What all routes share: the reads, the renderer, the passes, and the rules of who may see what."""

import asyncio
import time
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.requests import Request

from projections.api.application_views import ApplicationView
from projections.api.figures import FiguresView
from projections.api.prestart_reads import ProjectReads
from projections.api.prestart_views import ProjectsView
from projections.api.quarters import Quarter
from projections.api.reads import Reads
from projections.api.standards import standards
from projections.api.standards_views import StandardsView
from projections.api.views import OverviewView
from projections.site.announcements import Announcements
from projections.site.assets import Assets
from projections.site.deps import SiteDeps
from projections.site.guesses import Buckets, Guesses, Rate
from projections.site.maps import Map, lay_out
from projections.site.passes import Passes
from projections.site.render import Pages
from projections.site.standing import Standing
from workflows.policy.model import Policy

_FRESH_SECONDS = 1.0
"""For how long the overview's figures may be handed out again; they say themselves when they were read."""

VERIFYING = Rate(burst=20, every=3.0)
"""How often one address may have receipts verified: each costs a look into the log."""

HANDING = Rate(burst=20, every=20.0)
"""How often files may be handed in for one application: as many as are ever missing at once, then slowly."""


class Site:
    """Made once per process from its dependencies."""

    def __init__(self, deps: SiteDeps) -> None:
        self.deps = deps
        self.reads = Reads(deps.pool, deps.clock)
        self.projects = ProjectReads(deps.pool, deps.clock)
        self.assets = Assets()
        self.pages = Pages(deps.policies, self.assets, deps.clock)
        self.passes = Passes(deps.cookie_secret)
        self.documents = deps.documents
        self.handings = Buckets(HANDING, time.monotonic)
        self.guesses = Guesses(time.monotonic)
        self.evidence = deps.evidence
        self.verifications = Buckets(VERIFYING, time.monotonic)
        standing = Standing(self.reads, self.projects, deps.policies, deps.clock)
        self.announcements = Announcements(deps.postgres, standing.of)
        self.maps = {profile: self._map(profile) for profile in deps.maps}
        self._figures: dict[tuple[str, str | None, Quarter | None], tuple[float, FiguresView]] = {}
        self._listings: dict[tuple[object, ...], tuple[float, ProjectsView]] = {}
        self._overviews: dict[str, tuple[float, OverviewView]] = {}
        self._reading: dict[str, asyncio.Lock] = {profile: asyncio.Lock() for profile in deps.policies}

    @property
    def first(self) -> Policy:
        """The profile that `/` shows."""
        return next(iter(self.deps.policies.values()))

    def now(self) -> datetime:
        """The time, as the dependencies tell it."""
        return self.deps.clock()

    def policy(self, profile: str) -> Policy:
        """Return a profile's policy. An unknown one is a page that does not exist."""
        if profile not in self.deps.policies:
            raise HTTPException(404)
        return self.deps.policies[profile]

    async def overview(self, policy: Policy) -> OverviewView:
        """Return the figures, at most a second old; many readers at once cost one reading."""
        async with self._reading[policy.profile]:
            read_at, view = self._overviews.get(policy.profile, (float("-inf"), None))
            if view is None or time.monotonic() - read_at > _FRESH_SECONDS:
                view = await self.reads.overview(policy, self.now())
                self._overviews[policy.profile] = (time.monotonic(), view)
            return view

    async def figures(self, policy: Policy, region: str | None, quarter: Quarter | None) -> FiguresView:
        """Return the figures of a quarter and a region, at most a second old. An unknown region is a page
        that does not exist."""
        if region is not None and all(one.code != region for one in policy.regions):
            raise HTTPException(404)
        asked = (policy.profile, region, quarter)
        async with self._reading[policy.profile]:
            oldest = time.monotonic() - _FRESH_SECONDS
            self._figures = {key: held for key, held in self._figures.items() if held[0] >= oldest}
            if asked not in self._figures:
                view = await self.reads.figures(
                    policy,
                    self.now(),
                    region=region,
                    quarter=quarter,
                    interfaces=self.deps.interfaces.get(policy.profile, ()),
                )
                self._figures[asked] = (time.monotonic(), view)
            return self._figures[asked][1]

    async def listing(self, policy: Policy, limit: int | None, **asked: str | None) -> ProjectsView:
        """Return the key projects that match, at most a second old: each open board reads them anew when one
        moves."""
        key = (policy.profile, limit, *sorted(asked.items()))
        async with self._reading[policy.profile]:
            oldest = time.monotonic() - _FRESH_SECONDS
            self._listings = {key: held for key, held in self._listings.items() if held[0] >= oldest}
            if key not in self._listings:
                view = await self.projects.projects(policy, limit=limit, **asked)
                self._listings[key] = (time.monotonic(), view)
            return self._listings[key][1]

    def standards(self, policy: Policy) -> StandardsView:
        """Return the standards as they hold on the profile's local day."""
        today = self.now().astimezone(ZoneInfo(policy.timezone)).date()
        return standards(policy, today, self.deps.interfaces.get(policy.profile, ()))

    async def application(self, policy: Policy, number: str) -> ApplicationView | None:
        """Return an application for somebody who has shown that they may see it."""
        return await self.reads.application(policy, number, self.deps.unseal)

    async def may_see(self, request: Request, policy: Policy, number: str, code: str | None) -> bool:
        """Return whether the request may see an application: by its pass, or by the right code.

        A wrong code counts as a guess; too many raise 429 whether or not the number exists.
        """
        if code is None:
            return self.passes.holds(request, policy.profile, number, self.now())
        address = request.client.host if request.client else ""
        wait = self.guesses.wait(address, number)
        if wait:
            raise HTTPException(429, headers={"retry-after": str(wait)})
        if number.startswith(f"{policy.prefix}-") and await self.deps.check_code(number, code):
            return True
        self.guesses.spend(address, number)
        return False

    def _map(self, profile: str) -> Map:
        apart = [region.code for region in self.deps.policies[profile].regions if region.inset]
        return lay_out(self.deps.maps[profile], apart)
