"""Records that are there already: read from a run or a file, with the columns that steps add beside them."""
