"""Commands of `opsentrix`: those that work straight on the database of this machine's hub, and those that ask any hub over its API."""
