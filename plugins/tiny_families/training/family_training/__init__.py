"""How the trained weights of ``magpie_tiny_families`` were made. Not part of the wheel."""
