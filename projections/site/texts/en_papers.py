"""English of the page of documents; same keys as `zh_papers`."""

TEXTS: dict[str, str] = {
    "papers.title": "Documents of {number}",
    "papers.heading": "Documents",
    "papers.back": "Back to the progress of {number}",
    "papers.link": "Hand it in here",
    "papers.link.see": "Documents and files",
    "papers.lead": ("One file for each document: {kinds}, at most {mb} MB. Put several pages into one PDF."),
    "papers.file": "Choose a file",
    "papers.submit": "Hand in this document",
    "papers.privacy": (
        "Files are kept encrypted; only you and the staff in charge can open them. A file's name is not kept."
    ),
    "papers.checking": "received, being checked",
    "papers.checking.then": "This page updates by itself, or reload it in a while.",
    "papers.refused": (
        "What was handed in last was not taken. Please hand it in again; if that does not help, ask the "
        "person in charge."
    ),
    "papers.closed": "This application takes no more documents.",
    "papers.have": "Received",
    "papers.have.none": "No document has been received yet.",
    "papers.unfiled": "Received without a file:",
    "papers.column.document": "Document",
    "papers.column.by": "Provided by",
    "papers.column.at": "Received",
    "papers.column.file": "File",
    "papers.by.customer": "you",
    "papers.by.gov_share": "government data sharing",
    "papers.by.on_file": "already on file",
    "papers.by.waived": "not needed",
    "papers.save": "Save the file",
    "papers.away": "file has not come yet",
    "papers.nofile": "no file",
    "papers.fault.title": "Not taken",
    "papers.fault.stale": "The page was out of date. Please choose the file here and hand it in again.",
    "papers.fault.limited": (
        "Too many files at once. Hand it in again in {n} second.|Too many files at once. Hand it in again "
        "in {n} seconds."
    ),
    "papers.fault.busy": "Many people are handing in files just now. Please try again in a moment.",
    "papers.fault.empty_file": "No file was chosen, or it is empty. Please choose again.",
    "papers.fault.too_large": (
        "The file is larger than {mb} MB. Compress it or scan it less finely, and hand it in again."
    ),
    "papers.fault.unknown_kind": (
        "By its content the file is none of {kinds}. Renaming does not help: save or export it as one of "
        "these and hand it in again."
    ),
    "papers.fault.two_kinds": (
        "Another kind of file hides in this one, so it can't be taken. Export it anew or take a photo."
    ),
    "papers.fault.too_many_files": (
        "This application holds as many files as one may. Please ask the person in charge."
    ),
    "papers.fault.subject_erased": "Personal data of this application was erased; it takes no files.",
    "papers.fault.not_missing": "This document is not missing now; there is no need to hand it in.",
    "papers.fault.store_away": "The file can't be kept just now and was not taken. Try again in a while.",
    "papers.fault.bus_away": (
        "The file is kept, but the case has not been told. Hand it in again in a few minutes; it counts once."
    ),
}
