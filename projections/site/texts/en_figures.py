"""English: the figures of a quarter."""

from collections.abc import Mapping

TEXTS: Mapping[str, str] = {
    "quarter": "Quarter {number} of {year}",
    "watch.kept": "the mean held.",
    "watch.not_kept": "the mean did not hold.",
    "watch.none_left": "can't hold",
    "watch.picture": "{name}: {sentence}",
    "watch.may_use": "still to use",
    "figures.title": "Promises and service",
    "figures.lead": "What was promised and how the service was, in one quarter, in one area or all together.",
    "figures.quarter": "Quarter",
    "figures.region": "Area",
    "figures.region.all": "all areas",
    "figures.show": "Show",
    "figures.means": "Promised on average",
    "figures.means.lead": (
        "A mean holds over all cases energised in the quarter, on net days: without the customer's time and "
        "force majeure; days with pauses stand beside them. A single longer case does not break it."
    ),
    "figures.limits": "Promised for each",
    "figures.limits.lead": (
        "A limit holds for each case energised in the quarter, on net days too; days with pauses stand "
        "beside them."
    ),
    "figures.within": "Within the limit",
    "figures.by_region": "Area by area: {promise}",
    "figures.worst_net": "Longest, net",
    "figures.worst_gross": "Longest, with pauses",
    "figures.quality": "How the service was",
    "figures.quality.lead": (
        "Each thing counts in the quarter of its own day. Few cases say little: read the numbers, "
        "not only the shares."
    ),
    "figures.quality.work": "Documents and duties",
    "figures.quality.voice": "Disputes and corrections",
    "figures.energised": "Energised",
    "figures.asked_again": "Documents asked for again",
    "figures.avoidable": "of these avoidable, counted against the grid company",
    "figures.duties": "Duties of the grid company that fell due",
    "figures.duties_late": "of these late",
    "figures.disputes": "Disputes raised",
    "figures.disputes_upheld": "of these decided for the customer",
    "figures.disputes_open": "of these not settled yet",
    "figures.corrections": "Records corrected",
    "figures.ratings": "Ratings",
    "figures.ratings.count": "{n} customer gave a rating.|{n} customers gave a rating.",
    "figures.ratings.none": "No customer gave a rating.",
    "figures.score": "{n} of 5",
    "figures.score.told": "{n} · {share}",
    "figures.csv": "How the promises stand, as a table (CSV)",
    "figures.back": "Back to the overview",
}
