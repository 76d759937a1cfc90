"""``magpie new``: a complete distribution for a plugin, from templates. Knows no family and no engine."""
