"""Near-duplicates: embeddings, nearest neighbours, groups, and which record of a group stays."""
