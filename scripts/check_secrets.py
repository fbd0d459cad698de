"""Check that no file under version control holds a secret: ours by their prefixes, keys, and what others give out."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PATTERNS = {
    "a token or credential of Opsentrix": rb"\box[a-z]_[A-Za-z0-9_-]{43}\b",
    "a private key": rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----[\s\S]{0,200}?[A-Za-z0-9+/]{40}",
    "an access key of AWS": rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b",
    "a token of GitHub or GitLab": rb"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60,}|glpat-[\w-]{20})\b",
    "a token of Slack": rb"\bxox[abprs]-[0-9A-Za-z-]{20,}",
    "a token of PyPI or npm": rb"\b(?:pypi-[\w-]{50,}|npm_[A-Za-z0-9]{36})\b",
    "a URL with a password": rb"\b[a-z][a-z0-9+]*://[^\s/:@\"'`<>{}$]+:(?!password@)[^\s/:@\"'`<>{}$]{8,}@[a-z0-9]",
}
ALLOWED = (
    "packages/agent/tests/core/tls/",
    "packages/hub/tests/unit/test_settings.py",
    "uv.lock",
    "dashboard/package-lock.json",
)
"""Keys of certificates for 127.0.0.1 and made-up URLs of tests, and lock files, whose hashes look like anything."""


def found(content: bytes) -> Iterator[str]:
    """Yield which kinds of secrets a content seems to hold."""
    for kind, pattern in PATTERNS.items():
        if re.search(pattern, content):
            yield kind


def main() -> int:
    """Check all files and return the exit code."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    faults = 0
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if name.startswith(ALLOWED) or path.is_symlink() or not path.is_file():
            continue
        for kind in found(path.read_bytes()):
            faults += 1
            sys.stderr.write(f"{name} seems to hold {kind}\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
