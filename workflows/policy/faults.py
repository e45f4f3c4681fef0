"""What is wrong with a policy, told so that it can be found and mended."""

from datetime import date
from typing import NamedTuple


class Fault(NamedTuple):
    """What is wrong with a row of a table, as a sentence that says what to mend."""

    table: str
    row: str
    sentence: str

    def from_day(self, day: date) -> "Fault":
        """The fault with the day from which it is one."""
        return self._replace(sentence=f"from {day} on {self.sentence}")
