"""The one-line diagram, the charts and the map: geometry that says what it should."""

from events.catalogue.base import Text
from projections.api.views import Days, MonthFigure, TargetFigure
from projections.site import diagram
from projections.site.charts import chart
from projections.site.diagram import Drawing, Mark, Node
from projections.site.maps import lay_out

NODES = (Node("Application", "", "done"), Node("Plan", "", "now"), Node("Metering", "", "next"))
MARK = Mark(0.5, "grid", "you", "red line", red=True)


def drawn(**changes: object) -> Drawing:
    return Drawing("Substation", "Meter", NODES, MARK)._replace(**changes)  # type: ignore[arg-type]


def test_the_line_is_live_up_to_where_the_application_stands() -> None:
    assert [span.live for span in diagram.wide(drawn()).spans] == [True, True, False, False]


def test_an_energised_line_is_lit_to_the_meter() -> None:
    nodes = tuple(node._replace(state="done") for node in NODES)
    layout = diagram.wide(drawn(nodes=nodes, lit=True))
    assert all(span.live for span in layout.spans)
    assert layout.spans[-1].end == layout.meter_at


def test_a_withdrawn_line_ends_at_its_last_step() -> None:
    nodes = (NODES[0], Node("Plan", "", "ended"))
    for layout in (
        diagram.wide(drawn(nodes=nodes, broken=True)),
        diagram.tall(drawn(nodes=nodes, broken=True)),
    ):
        assert layout.spans[-1].end == layout.nodes[-1].at
        assert layout.mark_at is None


def test_the_boundary_lies_between_the_last_step_and_the_meter() -> None:
    for layout in (diagram.wide(drawn()), diagram.tall(drawn()), diagram.small(drawn())):
        assert layout.mark_at is not None
        assert layout.nodes[-1].at < layout.mark_at < layout.meter_at


def test_words_beside_the_tall_line_keep_clear_of_the_boundary() -> None:
    long = (*NODES[:2], Node("Completion inspection and metering", "three documents missing", "paused"))
    near = diagram.tall(drawn(nodes=long, mark=MARK._replace(place=0.0)))
    below = near.nodes[-1].at + 20 * len(near.nodes[-1].lines) + 18 * len(near.nodes[-1].notes)
    assert near.mark_at is not None
    assert near.mark_at - 9 > below - 14


def figure(months: int, mean: float = 40.0) -> TargetFigure:
    days = Days(count=3, mean_gross=mean, mean_net=mean, p05_net=mean - 9, p95_gross=mean, p95_net=mean + 9)
    return TargetFigure(
        code="t",
        name=Text(zh="t", en="t"),
        promised_days=60,
        statistic="mean",
        basis="seed",
        source="s",
        days=days,
        kept=True,
        mean=None,
        limit=None,
        months=tuple(MonthFigure(month=f"2026-{n + 1:02d}", days=days) for n in range(months)),
    )


def test_a_chart_shows_the_last_months_and_the_promise_across() -> None:
    drawing = chart(figure(9))
    assert [column.month for column in drawing.columns] == [f"2026-{n:02d}" for n in range(4, 10)]
    assert all(column.high_y < column.mean_y < column.low_y for column in drawing.columns)
    assert drawing.promise_y < drawing.columns[0].mean_y
    assert not any(column.beyond for column in drawing.columns)


def test_a_chart_without_a_month_keeps_its_promise() -> None:
    drawing = chart(figure(0))
    assert drawing.columns == ()
    assert 30 < drawing.promise_y < drawing.floor
    assert chart(figure(2, mean=70)).columns[0].beyond


def square(code: str, west: float, south: float, size: float = 1.0) -> dict[str, object]:
    east, north = west + size, south + size
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "id": code, "properties": {}, "geometry": geometry}


def test_far_islands_are_drawn_apart_and_do_not_shrink_the_map() -> None:
    features = [square("a", 109, 18), square("b", 110, 18), square("far", 115, 5, 0.1)]
    drawing = lay_out({"features": features}, ["far"])
    assert [area.code for area in drawing.areas] == ["a", "b"]
    assert [inset.code for inset in drawing.insets] == ["far"]
    assert drawing.areas[0].room > drawing.width / 3
    assert drawing.areas[0].x < drawing.areas[1].x
