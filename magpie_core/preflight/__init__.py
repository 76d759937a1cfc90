"""The checks before the first token is paid for. They need no weights and print nothing."""
