"""Chat formats: the pieces of a chat template, derived from it and turned into token ids."""
