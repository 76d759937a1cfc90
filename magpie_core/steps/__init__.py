"""What is done to records, one step each. A step knows roles, never plugins by name."""
