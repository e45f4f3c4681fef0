"""Two dumps held side by side."""

import orjson

from projections.dump import Line, compare


def dump(*rows: tuple[str, int, str]) -> list[Line]:
    return [
        Line(orjson.dumps([0, number, place]), orjson.dumps([number, place, said]))
        for number, place, said in rows
    ]


ROWS = (("A", 2, "x"), ("A", 10, "y"), ("B", 1, "z"))


def test_equal_dumps_have_no_difference_and_one_digest() -> None:
    found = compare(iter(dump(*ROWS)), iter(dump(*ROWS)))
    assert (found.rows, found.differences, found.examples) == (3, 0, [])
    assert found.digests[0] == found.digests[1]


def test_a_changed_row_is_one_difference() -> None:
    found = compare(iter(dump(*ROWS)), iter(dump(ROWS[0], ("A", 10, "w"), ROWS[2])))
    assert found.differences == 1
    assert found.examples == ['- ["A",10,"y"]', '+ ["A",10,"w"]']
    assert found.digests[0] != found.digests[1]


def test_a_row_that_one_side_lacks_is_one_difference_and_not_all_that_follow() -> None:
    lacking = compare(iter(dump(*ROWS)), iter(dump(ROWS[0], ROWS[2])))
    assert (lacking.rows, lacking.differences) == (3, 1)
    more = compare(iter(dump(ROWS[1])), iter(dump(*ROWS)))
    assert (more.rows, more.differences) == (1, 2)
    assert more.examples[0] == "- (no such row)"
