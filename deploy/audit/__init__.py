"""The audit: proves the log, and that inbox, workflows and read models say what it says."""
