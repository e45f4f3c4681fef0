"""Python's collector of reference cycles, told that this process makes many objects and few cycles."""

import gc


def look_seldom() -> None:
    """Collect once, then let what is loaded alone and look again only after many more objects.

    Folding a log makes millions of objects that die by themselves; with the usual thresholds half of the
    time goes into looking through them (measured: 66 µs an event instead of 33). Memory stays bounded by the
    batch.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(200_000, 20, 50)
