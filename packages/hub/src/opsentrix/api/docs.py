"""The API's documentation as one plain page: no script, nothing from elsewhere, so it works without the internet."""

import base64
import hashlib
import json
from collections.abc import Mapping
from html import escape
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from opsentrix.api.middleware import CONTENT_SECURITY_POLICY

_STYLE = """
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
h2{margin-top:2.5rem;text-transform:capitalize}
details{border:1px solid #8884;border-radius:8px;margin:.5rem 0}
summary{padding:.55rem .8rem;cursor:pointer}
summary:focus-visible{outline:2px solid #36c}
details>div{padding:0 1rem 1rem;overflow-x:auto}
code,pre{font:13px/1.5 ui-monospace,monospace}
pre{background:#8881;padding:.8rem;border-radius:6px;overflow-x:auto}
table{border-collapse:collapse}
td,th{text-align:left;padding:.25rem .9rem .25rem 0;vertical-align:top}
.method{display:inline-block;min-width:4.5rem;font-weight:600}
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = CONTENT_SECURITY_POLICY.replace("style-src 'self'", f"style-src 'sha256-{_STYLE_HASH}'")


def install(app: FastAPI) -> None:
    """Serve the page at /api/docs."""
    app.state.docs = ""
    # No closure: the framework remembers endpoints, and one that knows its application would keep that for good.
    app.add_api_route("/api/docs", _docs, include_in_schema=False)


def _docs(request: Request) -> HTMLResponse:
    app = request.app
    app.state.docs = app.state.docs or render(app.openapi())
    return HTMLResponse(app.state.docs, headers={"Content-Security-Policy": _POLICY})


def render(document: Mapping[str, Any]) -> str:
    """Return an OpenAPI document as HTML."""
    schemas = document.get("components", {}).get("schemas", {})
    by_tag: dict[str, list[str]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tag = (operation.get("tags") or ["other"])[0]
            by_tag.setdefault(tag, []).append(_operation(method, path, operation, schemas))
    info = document["info"]
    sections = "".join(f"<h2>{escape(tag)}</h2>{''.join(parts)}" for tag, parts in by_tag.items())
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(info["title"])} API</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="/dashboard/favicon.svg">'
        f"<style>{_STYLE}</style></head><body>"
        f"<h1>{escape(info['title'])} API {escape(info['version'])}</h1>"
        '<p>The same for programs: <a href="/api/openapi.json">openapi.json</a>. Errors are '
        "<code>application/problem+json</code> (RFC 9457).</p>"
        f"{sections}</body></html>"
    )


def _operation(method: str, path: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    parts = [f"<p>{escape(operation.get('description', ''))}</p>"]
    if parameters := operation.get("parameters"):
        rows = "".join(
            f"<tr><td><code>{escape(one['name'])}</code></td><td>{escape(one['in'])}</td>"
            f"<td>{'required' if one.get('required') else ''}</td>"
            f"<td><code>{escape(_brief(one['schema']))}</code></td></tr>"
            for one in parameters
        )
        parts.append(f"<table><tr><th>Parameter</th><th>In</th><th></th><th>Schema</th></tr>{rows}</table>")
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(f"<p>Body, <code>{escape(kind)}</code></p><pre>{_pretty(media.get('schema', {}), schemas)}</pre>")
    for status, response in operation["responses"].items():
        content = response.get("content", {}).get("application/json", {})
        parts.append(f"<p><strong>{escape(status)}</strong> {escape(response.get('description', ''))}</p>")
        if status.startswith("2") and content.get("schema"):
            parts.append(f"<pre>{_pretty(content['schema'], schemas)}</pre>")
    return (
        f'<details><summary><span class="method">{method.upper()}</span><code>{escape(path)}</code> '
        f"{escape(operation.get('summary', ''))}</summary><div>{''.join(parts)}</div></details>"
    )


def _brief(schema: Mapping[str, Any]) -> str:
    return json.dumps({key: value for key, value in schema.items() if key not in ("title", "description")})


def _pretty(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    named = schema.get("$ref", "").rpartition("/")[2]
    return escape(json.dumps(schemas.get(named, schema), indent=2))
