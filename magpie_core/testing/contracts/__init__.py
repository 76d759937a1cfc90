"""One inheritable test class per role: what each promises, as checks that explain what they find.

They are versioned with magpie-core: a new mandatory check, or one that asks for more, is a minor release
(``CHECKS`` in ``tests/test_contract_checks.py`` says what each asks for now), so that a plugin's range on the
core says which checks it keeps. A check may be skipped only with a reason, see ``Contract.excused``.
"""
