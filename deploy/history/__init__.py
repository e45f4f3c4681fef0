"""Everything that happened to one application, from three sources."""
