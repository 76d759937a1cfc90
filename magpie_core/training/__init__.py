"""Ready configurations for trainers: published numbers, this data set, its chat template, its paths."""
