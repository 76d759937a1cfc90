"""A local web page to read, filter and mark records: ``magpie view``."""
