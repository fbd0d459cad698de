"""Groups of commands of `opsentrix` that work straight on the hub's database, on its own machine."""
