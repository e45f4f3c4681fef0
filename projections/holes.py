"""A stream that stands still: a person gives up what is missing, with a reason, and it goes on."""

from projections import batch, books
from projections.books import UNFOLDABLE, Skip
from projections.builds import BuildError
from projections.projection import ReadModel
from projections.store import Connection


def skip(db: Connection, model: ReadModel, subject: str, reason: str) -> tuple[Skip, int]:
    """Give up the hole at which a stream stands, or the event that can't be folded; return what was given up
    and how many events were folded thereupon. It counts for every later build as well.

    Raises `BuildError` `not_held` when nothing waits in this stream.
    """
    with db.transaction():
        waiting = books.held(db, model, [subject])
        if not waiting:
            raise BuildError("not_held", f"Nothing of {subject} waits in {model.name}.")
        books.freeze(db, model, waiting[0].logged.partition)
        waiting = books.held(db, model, [subject])  # it may have gone on while we waited for the lock
        at = books.positions(db, model, [subject]).get(subject)
        first = (at.sequence if at else 0) + 1
        if not waiting:
            raise BuildError("not_held", f"{subject} has just gone on by itself.")
        stuck = waiting[0].reason == UNFOLDABLE
        given_up = Skip(first, waiting[0].logged.event.number - (0 if stuck else 1))
        if given_up.last >= given_up.first:
            books.give_up(db, model, subject, given_up, reason)
        return given_up, batch.fold_on(db, model, subject).events
