"""The security headers of everything that the hub serves.

Pages carry no inline script and no inline style, so the policy allows none: what a stranger
manages to put into a page stays text.
"""

# ruff: noqa: SIM905 - long lists of names are easier to read as words
from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

PAGE_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; "
    "worker-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; object-src 'none'"
)
"""For our own pages (CSP Level 3)."""

MAIL_BODY_SANDBOX = "allow-same-origin allow-popups allow-popups-to-escape-sandbox"
"""The `sandbox` attribute of the frame that shows cleaned mail."""

_MAIL_BODY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:{remote}; font-src 'none'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'; "
    f"sandbox {MAIL_BODY_SANDBOX}"
)

MAIL_BODY_CSP = _MAIL_BODY.format(remote="")
"""For the frame that shows cleaned mail: no script, no form, pictures from the hub alone.

The frame keeps our origin: without it the pictures that came with the mail would be asked for
without the reader's session, and the page could not fit the frame to its content. An origin is of
no use to what cannot run. Give the `iframe` element the same `sandbox` (MAIL_BODY_SANDBOX).
"""

MAIL_BODY_REMOTE_CSP = _MAIL_BODY.format(remote=" https: http:")
"""As MAIL_BODY_CSP, after the reader allowed pictures from elsewhere."""

FILE_CSP = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
"""For files that people sent, also when a browser opens one by itself."""

PDF_CSP = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""For a PDF that is looked at over the thread or in a tab of its own. Browsers show it by a viewer
that has an origin of its own and runs none of the document's scripts with ours; in a sandbox they
show nothing."""

# Types that a browser shows without running anything, so that they may open in a tab. Everything
# else is saved: HTML, SVG, XML and PDF are documents that act.
_SHOWN = frozenset(
    "audio/aac audio/mp4 audio/mpeg audio/ogg audio/wav audio/webm image/avif image/gif image/jpeg"
    " image/png image/webp text/plain video/mp4 video/ogg video/webm".split()
)


def page_headers(*, https: bool, csp: str = PAGE_CSP) -> dict[str, str]:
    """The headers of a page. `https`: whether the public address is, which is then insisted on."""
    headers = {
        "Content-Security-Policy": csp,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    }
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    return headers


def embedded_headers(*, https: bool) -> dict[str, str]:
    """The headers of what other sites load from us: the widget's script, style and pictures."""
    headers = page_headers(https=https, csp="default-src 'none'; frame-ancestors 'none'")
    return headers | {
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Access-Control-Allow-Origin": "*",
    }


def file_headers(
    name: str, media_type: str, *, https: bool, embedded: bool = False, read: bool = False
) -> Mapping[str, str]:
    """The headers of a file that somebody sent: pictures, sound, video and text open, the rest
    is saved under its name.

    media_type: the one that was found in the bytes, not the one that the sender claimed.
    embedded: other sites show it, as where the widget stands. read: a PDF is shown, not saved.
    """
    kind = media_type.partition(";")[0].strip().lower()
    if read and kind == "application/pdf":
        return page_headers(https=https, csp=PDF_CSP) | {
            "Content-Type": kind,
            "Content-Disposition": content_disposition("inline", name),
        }
    shown = kind in _SHOWN
    if not shown:
        content_type = "application/octet-stream"
    else:
        content_type = f"{kind}; charset=utf-8" if kind == "text/plain" else kind
    return page_headers(https=https, csp=FILE_CSP) | {
        "Cross-Origin-Resource-Policy": "cross-origin" if embedded else "same-origin",
        "Content-Type": content_type,
        "Content-Disposition": content_disposition("inline" if shown else "attachment", name),
    }


def content_disposition(kind: str, name: str) -> str:
    """A Content-Disposition header (RFC 6266): an ASCII name, and the true one in UTF-8."""
    last = name.replace("\\", "/").rpartition("/")[2]
    # A bidi control can make "exe.txt" of "txt.exe"; it has no business in a name.
    clean = "".join(c for c in last if c.isprintable() and c not in _BIDI_CONTROLS)
    clean = clean.encode("utf-8", "ignore").decode().strip()[:200].lstrip(".") or "file"
    plain = "".join(c if c.isascii() and c not in '"\\%' else "_" for c in clean)
    header = f'{kind}; filename="{plain}"'
    return header if plain == clean else f"{header}; filename*=UTF-8''{quote(clean, safe='')}"


_BIDI_CONTROLS = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)
