"""Output formats: records on one side, the files trainers read on the other."""
