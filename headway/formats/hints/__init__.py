"""One module a kind of sender: each reads what a payload names, and nothing else of it.

A reader never fails: what it does not know names nothing. None of the addresses is opened by anybody.
"""
