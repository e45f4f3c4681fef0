"""Applications and policies that the policy's tests begin from."""

from functools import cache
from pathlib import Path
from typing import Any

from deploy.profiles.loader import load_profile
from events.catalogue.traits import Traits
from workflows.policy.model import Policy

ROOT = Path(__file__).parents[3]
HAINAN = ROOT / "deploy/profiles/hainan"
MIDWEST = ROOT / "tests/profiles/midwest"


@cache
def hainan() -> Policy:
    """The policy of the first profile."""
    return load_profile(HAINAN)


@cache
def midwest() -> Policy:
    """The policy of the second profile."""
    return load_profile(MIDWEST)


def traits(**given: Any) -> Traits:
    """An enterprise in Haikou that wants 630 kVA at 10 kV, except for what is given."""
    plain = {
        "region": "460100",
        "customer_type": "enterprise",
        "usage": "industrial",
        "voltage_kv": "10",
        "capacity_kva": "630",
    }
    return Traits.model_validate(plain | given)


def shop(**given: Any) -> Traits:
    """A shop at low voltage, except for what is given."""
    return traits(**{"usage": "commercial", "voltage_kv": "0.38", "capacity_kva": "100"} | given)


def household(**given: Any) -> Traits:
    """A household at low voltage, except for what is given."""
    home = {"customer_type": "resident", "usage": "residential", "voltage_kv": "0.22", "capacity_kva": "10"}
    return traits(**home | given)
