"""The standards page, in English: duties, versions of the boundary, who provides what, the calendar."""

TEXTS = {
    "column.duty": "Duty",
    "column.whose": "Whose",
    "column.holiday": "Holiday",
    "column.off": "Days off",
    "column.worked": "Worked instead",
    "standards.since": "These rows are applied from {day} on, where nothing else is said.",
    "standards.from": "from {day}",
    "standards.until": "until {day}",
    "standards.limits.before": "The limits before the measures",
    "standards.documents.by": "Comes from: {ways}.",
    "standards.documents.beside": "Beside the catalogue, in no count: asked of some customers only.",
    "standards.providers": "Where a document may come from",
    "standards.tasks": "Duties beside the steps",
    "standards.tasks.lead": "Each has a clock of its own, and none is a step of the customer's.",
    "standards.versions.lead": (
        "The day on which the land was obtained, and where it lies, choose the rules; a case keeps those "
        "that it began with."
    ),
    "standards.builder.government": "By the authorities:",
    "standards.calendar": "Working days",
    "standards.calendar.lead": (
        "Limits in working days leave out weekends and these days off, and count the days worked instead. "
        "In a year that is not published yet due dates are provisional."
    ),
    "standards.calendar.published": "published",
    "standards.calendar.provisional": "provisional",
    "standards.calendar.regional": "the region's own",
    "standards.calendar.span": "{first} to {last}",
    "when.land_from": "land obtained from {value} on",
    "when.land_before": "land obtained before {value}",
    "when.urban_land.true": "within urban planned construction land",
    "when.urban_land.false": "outside urban planned construction land",
}
