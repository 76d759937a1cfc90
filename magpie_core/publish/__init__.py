"""Publishing a data set: Parquet shards, a card that says what they are, and the way to the hub."""
