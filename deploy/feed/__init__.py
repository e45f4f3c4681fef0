"""Real input: files of facts, or of rows that a mapping turns into facts, sent to the door and followed
to their outcome.
"""
