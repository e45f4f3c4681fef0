"""The interface for programs: allow-listed, uniform in what it does not tell, well guarded."""

import gzip
from collections.abc import Callable, Iterator
from statistics import fmean, quantiles

import httpx
import pytest

from tests.browser.conftest import CODE, Served

Serve = Callable[[int], Served]


@pytest.fixture
def client(served: Serve) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served(200).url) as one:
        yield one


def test_the_overview_adds_up(client: httpx.Client) -> None:
    told = client.get("/api/hainan/overview").json()
    assert told["received"] == 200
    assert told["received"] == told["open"] + told["energised"] + told["withdrawn"]
    for name in ("received", "open", "energised", "withdrawn", "overdue"):
        assert sum(region[name] for region in told["regions"]) == told[name]
        assert sum(kind[name] for kind in told["kinds"]) == told[name]
    assert [(t["promised_days"], t["statistic"]) for t in told["targets"]] == [
        (80, "mean"),
        (60, "mean"),
        (11, "limit"),
    ]
    assert all(t["days"]["count"] == sum(m["days"]["count"] for m in t["months"]) for t in told["targets"])


def test_every_energised_case_stands_in_its_month_and_kind(client: httpx.Client, served: Serve) -> None:
    """Counted again in another way. Households and 35 kV are promised no total and must stand there too."""
    rows = served(200).ask(
        "SELECT month, kind, gross_days, net_days, on_time FROM statistics.application"
        " WHERE profile = 'hainan' AND energised_at IS NOT NULL"
    )
    months = client.get("/api/hainan/overview").json()["months"]
    assert {(one["month"], one["kind"]) for one in months} == {
        place for month, kind, *_ in rows for place in ((month, kind), (month, None))
    }
    for one in months:
        own = [row for row in rows if row[0] == one["month"] and one["kind"] in (row[1], None)]
        assert (one["energised"], one["on_time"]) == (len(own), sum(row[4] for row in own))
        for place, name in ((2, "gross"), (3, "net")):
            days = [row[place] for row in own]
            highest = quantiles(days, n=20, method="inclusive")[-1] if len(days) > 1 else days[0]
            assert one["days"][f"mean_{name}"] == pytest.approx(fmean(days))
            assert one["days"][f"p95_{name}"] == pytest.approx(highest)


def test_the_standards_are_the_tables(client: httpx.Client) -> None:
    told = client.get("/api/hainan/standards").json()
    counts = {tuple(d["kinds"]): (d["before"], d["now"]) for d in told["documents"]}
    assert counts["hv",] == (26, 16)
    assert [rule["code"] for rule in told["rules"]][:5] == ["R5", "R1", "R2", "R4", "R3"]
    assert [version["code"] for version in told["versions"]] == ["gbh129_2021", "ten_measures"]
    assert {task["code"] for task in told["tasks"]} >= {"confirm_boundary", "design_review", "permit"}
    assert [(year["year"], year["published"]) for year in told["calendar"]][-1] == (2027, False)
    ways = {item["id"]: item["provided_by"] for d in told["documents"] for item in d["items"]}
    assert ways["A2"] == ["customer", "gov_share", "on_file"]
    former = {limit["value"] for limit in told["limits_before"]}
    assert former == {3, 5, 7, 8, 20, 45}
    rows = (*told["limits"], *told["rules"], *told["tasks"], *told["pauses"], *told["documents"][0]["items"])
    assert {row["valid_from"] for row in rows} == {"2020-01-01"}


def test_an_application_needs_its_code(client: httpx.Client, served: Serve) -> None:
    number = served(200).number("profile = 'hainan' AND overdue")
    address = f"/api/hainan/applications/{number}"
    answer = client.get(address, headers={"x-receipt-code": CODE})
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    refusals = [
        client.get(address),
        client.get(address, headers={"x-receipt-code": "WR0NG"}),
        client.get("/api/hainan/applications/HN-2026-999999", headers={"x-receipt-code": "WR0NG"}),
        client.get(address.replace("hainan", "midwest"), headers={"x-receipt-code": CODE}),
    ]
    assert {(one.status_code, one.text) for one in refusals} == {(404, refusals[0].text)}
    assert refusals[0].headers["content-type"] == "application/problem+json"


def test_nothing_personal_leaves(client: httpx.Client, served: Serve) -> None:
    number = served(200).number("profile = 'hainan' AND state->'received' ? 'applicant_phone'")
    answer = client.get(f"/api/hainan/applications/{number}", headers={"x-receipt-code": CODE})
    for word in (
        "phone_no",
        "applicant_phone",
        "applicant_id_no",
        "site_address",
        '"ct"',
        '"kid"',
        "staff_id",
    ):
        assert word not in answer.text
    assert answer.json()["applicant"].endswith("＊")


@pytest.mark.parametrize(
    "path", ["/", "/hainan/", "/hainan/standards", "/hainan/progress", "/nowhere/", "/healthz"]
)
def test_every_answer_is_guarded(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    head = client.head(path)
    assert (head.status_code, head.content) == (answer.status_code, b"")


def test_pages_are_packed_and_assets_kept(client: httpx.Client) -> None:
    with client.stream("GET", "/hainan/", headers={"accept-encoding": "gzip"}) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        page = gzip.decompress(b"".join(answer.iter_raw())).decode()
    asset = page.split('rel="stylesheet" href="')[1].split('"')[0]
    assert "immutable" in client.get(asset).headers["cache-control"]
    assert client.get("/assets/site.000000000000.css").status_code == 404


def test_an_unknown_profile_is_no_page(client: httpx.Client) -> None:
    assert client.get("/atlantis/").status_code == 404
    problem = client.get("/api/atlantis/overview")
    assert problem.status_code == 404
    assert problem.json()["status"] == 404
