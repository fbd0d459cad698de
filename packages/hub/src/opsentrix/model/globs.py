"""Patterns with `*` and `?`: no regular expressions, whose cost whoever writes one decides."""


def matches(pattern: str, text: str) -> bool:
    """Return whether a text matches: `*` stands for any characters or none, `?` for one.

    It goes back to the last `*` only, so it takes len(pattern) * len(text) steps at the most.
    """
    at = place = 0
    star, mark = -1, 0
    while at < len(text):
        if place < len(pattern) and pattern[place] == "*":
            star, mark = place, at
            place += 1
        elif place < len(pattern) and pattern[place] in ("?", text[at]):
            place += 1
            at += 1
        elif star >= 0:
            place = star + 1
            mark += 1
            at = mark
        else:
            return False
    return all(one == "*" for one in pattern[place:])
