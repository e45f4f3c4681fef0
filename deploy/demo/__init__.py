"""The demo: a working day of the province, made from a seed."""
