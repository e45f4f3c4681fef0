"""项目记事: every event of a key project, with its place in the log."""
