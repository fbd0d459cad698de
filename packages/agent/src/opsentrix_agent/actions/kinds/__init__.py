"""How each kind of action comes about: one file each, imported when it is wanted."""
