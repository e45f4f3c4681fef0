"""What the lifecycles can carry out, by name: a table that asks for anything else can't be used.

The scripts themselves stand in `workflows/connection.py` and `workflows/dispute.py`; a test holds the two
together.
"""

from collections.abc import Mapping

from workflows.policy.table import Workflow

STEPS: Mapping[Workflow, frozenset[str]] = {
    "HighVoltageConnection": frozenset(
        {
            "application",
            "supply_plan_reply",
            "design_review",
            "supporting_works",
            "mid_inspection",
            "completion_inspection",
            "metering",
            "completion_inspection_and_metering",
            "energisation",
        }
    ),
    "LowVoltageConnection": frozenset(
        {"application", "survey_and_metering", "survey", "supporting_works", "metering"}
    ),
    "LateDispute": frozenset({"dispute"}),
}

LATE_DISPUTE: Workflow = "LateDispute"
"""The lifecycle that connects nobody: a dispute that came after its case was closed."""

DISPUTE_DUTIES = frozenset({"dispute_answer", "dispute_reply", "dispute_review"})

DUTIES = frozenset(
    {
        "confirm_boundary",
        "design_review",
        "mid_inspection",
        "permit",
        "key_reply",
        *DISPUTE_DUTIES,
    }
)
