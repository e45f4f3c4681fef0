"""Wires the platform: settings, the local stack, the processes, the command line."""
