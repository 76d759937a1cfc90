"""How diverse a data set is: distances that are there, its words, and what plugins say of embeddings."""
