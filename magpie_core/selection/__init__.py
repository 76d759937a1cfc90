"""Choose records by their columns: conditions, ranks, shares, samples, and what each of them removed."""
