"""How a mean stands in the present quarter, as a sentence: what is energised, what is left for the rest."""

from projections.api.views import MeanWatch
from projections.site.words import Words


def sentence(words: Words, quarter: str, watch: MeanWatch) -> str:
    """Return the sentence for a quarter, `YYYY-Qn`. A mean that can't hold any more is said in words."""
    year, _, number = quarter.partition("-Q")
    said = [
        words("watch.closed", n=watch.closed, days=words.decimal(watch.mean))
        if watch.closed
        else words("watch.closed.none"),
        _open(words, watch),
    ]
    return words("watch.quarter", year=year, number=number) + words("watch.gap").join(said)


def _open(words: Words, watch: MeanWatch) -> str:
    if watch.remaining is None:
        return words("watch.open.none")
    if watch.remaining < 0:
        return words("watch.lost", n=watch.open, days=words.decimal(watch.open_mean))
    return words("watch.open", n=watch.open, left=words.decimal(watch.remaining))
