"""What ``magpie tag`` does: taggers chosen and checked, given an engine, run over records. No terminal."""
