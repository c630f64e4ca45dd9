"""A mutation run shows which single changes of the core no unit test notices.

`changes` finds the places that can be changed, `runs` tries a change in a copy of the tree under the module's own
tests, `judged` holds the survivors that change nothing, each with the reason, and `python -m mutants` draws a sample
by seed and prints the table. The same seed and tree give the same table.
"""
