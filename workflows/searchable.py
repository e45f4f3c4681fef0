"""The few search attributes of a case, for Temporal's own lists: typed, and without personal data."""

from temporalio.common import SearchAttributeKey

PROFILE = SearchAttributeKey.for_keyword("MingdianProfile")
REGION = SearchAttributeKey.for_keyword("MingdianRegion")
KIND = SearchAttributeKey.for_keyword("MingdianKind")
STEP = SearchAttributeKey.for_keyword("MingdianStep")
DUE = SearchAttributeKey.for_datetime("MingdianDue")
