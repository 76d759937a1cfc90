"""Tables the conversations are made from, split by subject. All written for this project."""
