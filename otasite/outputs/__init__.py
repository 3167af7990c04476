"""Everything that is published besides pages, one module for each kind of file."""
