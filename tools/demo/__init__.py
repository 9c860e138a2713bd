"""`make demo`: a bad release meets its canary, in one terminal and about a minute."""
