"""Commands of `opsentrix`: some work straight on the database of this machine's hub, others ask a hub over its API."""
