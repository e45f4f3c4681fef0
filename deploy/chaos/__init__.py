"""Chaos: the platform under load while its parts are killed, and the proof that nothing came of it."""
