"""Where each construct of the documents went: ledger.json."""
