"""One inheritable test class per role."""
