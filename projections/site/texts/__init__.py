"""The words of the pages: a module per language and part."""
