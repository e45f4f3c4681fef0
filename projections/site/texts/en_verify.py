"""The English of verifying receipts and of the daily roots. Same keys as `zh_verify`."""

TEXTS: dict[str, str] = {
    "site.proof": "Check for yourself",
    "site.verify": "Verify a receipt",
    "site.roots": "Seals of the log",
    "verify.title": "Verify a receipt",
    "verify.lead": (
        "Put in a receipt file, and you learn whether this platform issued it and whether it was "
        "changed since. Anyone may ask; no receipt code is needed."
    ),
    "verify.file": "Choose the receipt file",
    "verify.file.hint": "The .json file from the application's page, at most 64 KB",
    "verify.text": "Or paste the whole file",
    "verify.text.hint": "From its first character to its last",
    "verify.submit": "Verify",
    "verify.another": "Verify another",
    "verify.privacy": "What you send is used for this answer alone and is not kept.",
    "verify.roots": "What a seal is",
    "verify.tag.genuine": "Genuine",
    "verify.tag.not": "Not genuine",
    "verify.tag.ours": "Our fault",
    "verify.what": "{subject} no. {n}",
    "verify.what.receipt": "Receipt {number}",
    "verify.sealed": "This receipt is genuine, unchanged, and sealed",
    "verify.sealed.then": (
        "It lies in the log exactly as it was issued. Seal no. {n} of {day} vouches for it: nobody "
        "can change it from now on without being noticed."
    ),
    "verify.waiting": "This receipt is genuine and unchanged",
    "verify.waiting.then": (
        "It lies in the log exactly as it was issued. The log is sealed once a day; the next seal, "
        "after {when}, will vouch for it."
    ),
    "verify.unproven": "This receipt is genuine and unchanged",
    "verify.unproven.then": (
        "It lies in the log exactly as it was issued, and within seal no. {n}. The path to the seal "
        "is being restored; please look again later."
    ),
    "verify.altered": "This receipt was altered and does not count",
    "verify.altered.fields": (
        "It carries the hash of a real receipt, but differs from the log in {n} place:|It carries "
        "the hash of a real receipt, but differs from the log in {n} places:"
    ),
    "verify.altered.then": (
        "Its content does not have the hash that it carries: at least one place was changed after it "
        "was issued. Ask its holder for the original file."
    ),
    "verify.unknown": "The log has no such receipt; it does not count",
    "verify.unknown.then": (
        "Its content has the hash that it carries, but there is no such record in the log: it was "
        "not issued here, or it was changed and its hash computed anew."
    ),
    "verify.unreadable": "This can't be read: it is no whole receipt file",
    "verify.unreadable.then": (
        "Choose the downloaded .json file itself; when pasting, paste all of it. A screenshot or a "
        "print can't be verified."
    ),
    "verify.broken": "The log does not match its own register; the fault is ours",
    "verify.broken.then": (
        "A record that must be there is not in its place, or does not match its seal. That says "
        "nothing against the receipt. Keep the file and tell us."
    ),
    "verify.field.missing": "a field is missing",
    "verify.content": "Content",
    "verify.claimed": "Hash it carries",
    "verify.computed": "Hash it has",
    "verify.same": "the same",
    "verify.different": "different",
    "verify.compared": "Field by field",
    "verify.compared.all": "{n} fields, all the same as in the log",
    "verify.place": "Place in the log",
    "verify.topic": "Topic",
    "verify.position": "Position",
    "verify.position.text": "partition {partition}, offset {offset}; no. {sequence} of this application",
    "verify.recorded": "Written",
    "verify.seal": "Seal",
    "verify.root.number": "Seal",
    "verify.root.named": "Seal no. {n}",
    "verify.leaf": "Leaf",
    "verify.leaf.text": "{index} of {leaves}, counted from 0",
    "verify.path": (
        "From the receipt to the root: {n} step, hashes only|From the receipt to the root: {n} "
        "steps, hashes only"
    ),
    "verify.path.leaf": "leaf",
    "verify.path.left": "left",
    "verify.path.right": "right",
    "verify.hand": "Check it by yourself",
    "verify.hand.1": (
        "Take `hash` out of the receipt, write the rest as RFC 8785 JSON, and take its SHA-256: the "
        "receipt's hash."
    ),
    "verify.hand.2": "Put the byte 00 before these 32 bytes and take the SHA-256: the leaf.",
    "verify.hand.3": "At each step of the path, take the SHA-256 of 01, the left hash and the right hash.",
    "verify.hand.4": "The last one must be the root of the seal.",
    "verify.hand.5": (
        "Take `signature` out of the `data` of the seal's file, write the rest as RFC 8785 JSON, and "
        "check the Ed25519 signature with the public key."
    ),
    "verify.empty.title": "Nothing to verify yet",
    "verify.empty.fault": "Choose a file, or paste the whole receipt.",
    "verify.large.title": "Too large",
    "verify.large.fault": "A receipt has at most 64 KB. See that it is the right file.",
    "verify.limited.title": "Please wait",
    "verify.limited.fault": (
        "Too many receipts in a short time. Try again in {n} second.|Too many receipts in a short "
        "time. Try again in {n} seconds."
    ),
    "roots.title": "Seals of the log",
    "roots.lead": (
        "Once a day all records of the log are drawn together into one hash, which is signed and "
        "published. Whoever keeps a seal can prove whether anything before it was changed later."
    ),
    "roots.due": "The next seal: {when}.",
    "roots.list": "Seals so far",
    "roots.none": "Nothing is sealed yet.",
    "roots.older": "{n} in all; older ones are in the data file.",
    "roots.column.sealed": "Seal",
    "roots.column.records": "Records",
    "roots.root": "Root",
    "roots.signature": "Signature",
    "roots.key": "Public key (Ed25519)",
    "roots.how": "How it is computed",
    "roots.how.text": (
        "A Merkle tree as in RFC 6962, with SHA-256. Leaf 0 holds the root before (zeros for the "
        "first); then one leaf per record, by topic, partition and offset, holds the event's hash, "
        "or for a record that is no event the SHA-256 of its bytes. Each seal names the offsets that "
        "it covers, from where the one before ended."
    ),
    "case.receipt.download": "Download this receipt (JSON)",
    "case.receipt.verify": "Verify",
}
