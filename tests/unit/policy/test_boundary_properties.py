"""What holds for every boundary, whatever the application."""

from datetime import date
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from events.catalogue.traits import CustomerType, KeyArea, Supply, Traits, Usage
from tests.unit.policy.examples import hainan
from workflows.policy.boundary import BoundaryDecision, decide, version_for
from workflows.policy.rows import BoundaryRule

FAR = {"network_outlet": 0, "red_line": 1, "factory_boundary": 1, "meter": 2}
"""How far towards the customer the utility builds."""

often = settings(max_examples=100, deadline=None)
near_the_bound = st.sampled_from(["0.001", "2999.999", "3000", "3000.001"]).map(Decimal)
capacities = near_the_bound | st.decimals("0.001", "999999999", places=3)
applications = st.builds(
    Traits,
    region=st.just("460100"),
    customer_type=st.sampled_from(CustomerType),
    usage=st.sampled_from(Usage),
    voltage_kv=st.sampled_from(["0.22", "0.38", "10", "35", "110"]).map(Decimal),
    capacity_kva=capacities,
    supply=st.sampled_from(Supply),
    permanent=st.booleans(),
    key_area=st.sampled_from(KeyArea),
    investment_cny=st.none() | st.sampled_from(["99999999.99", "100000000"]).map(Decimal),
    land_obtained_on=st.none() | st.dates(date(2021, 2, 26), date(2021, 3, 4)),
    urban_land=st.booleans(),
)


def rules_of(application: Traits) -> list[BoundaryRule]:
    """The rules of the version that the land chooses."""
    version = version_for(hainan().boundary_versions, application)
    return [rule for rule in hainan().boundary_rules if rule.version == version]


def decided(application: Traits) -> BoundaryDecision:
    """The decision on an application."""
    decision = decide(rules_of(application), application)
    assert decision is not None
    return decision


@often
@given(applications, capacities)
def test_a_larger_capacity_never_moves_the_boundary_back_to_the_customer(
    application: Traits, other: Decimal
) -> None:
    small, large = sorted((application.capacity_kva, other))
    before, after = (
        decided(application.model_copy(update={"capacity_kva": capacity})) for capacity in (small, large)
    )
    assert FAR[after.boundary] >= FAR[before.boundary]


@often
@given(applications, st.integers(0, 2**32))
def test_the_order_of_the_rows_changes_nothing(application: Traits, seed: int) -> None:
    rows = rules_of(application)
    shuffled = Random(seed).sample(rows, len(rows))  # noqa: S311 - drawn, not secret
    assert decide(shuffled, application) == decide(rows, application)


@often
@given(applications, st.integers(0, 2**32))
def test_the_precedence_of_the_rules_never_changes_the_set_of_matches(application: Traits, seed: int) -> None:
    rows = rules_of(application)
    orders = Random(seed).sample([row.order for row in rows], len(rows))  # noqa: S311 - drawn, not secret
    ranked = [row.model_copy(update={"order": order}) for row, order in zip(rows, orders, strict=True)]
    decision = decide(ranked, application)
    assert decision is not None
    assert set(decision.rules_matched) == set(decided(application).rules_matched)


@often
@given(applications)
def test_every_application_has_one_boundary_at_low_voltage_the_meter(application: Traits) -> None:
    decision = decided(application)
    assert decision.decided_by in decision.rules_matched
    if application.low_voltage and application.usage is not Usage.INDUSTRIAL:
        assert decision.boundary == "meter"
