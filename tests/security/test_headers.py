"""Security headers: the policies say what they must, files cannot act."""

from email.message import Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.security.headers import (
    MAIL_BODY_CSP,
    MAIL_BODY_REMOTE_CSP,
    MAIL_BODY_SANDBOX,
    PAGE_CSP,
    content_disposition,
    embedded_headers,
    file_headers,
    page_headers,
)


def directives(policy: str) -> dict[str, list[str]]:
    parts = [part.split() for part in policy.split(";")]
    return {part[0]: part[1:] for part in parts}


def test_pages_run_and_load_only_what_is_ours() -> None:
    policy = directives(PAGE_CSP)
    assert policy["default-src"] == ["'none'"]
    assert policy["script-src"] == policy["style-src"] == ["'self'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert "unsafe" not in PAGE_CSP


def test_mail_is_shown_without_scripts_and_forms() -> None:
    policy = directives(MAIL_BODY_CSP)
    assert "script-src" not in policy
    assert policy["default-src"] == ["'none'"]
    assert policy["img-src"] == ["'self'", "data:"]
    assert "allow-scripts" not in policy["sandbox"]
    assert policy["sandbox"] == MAIL_BODY_SANDBOX.split()
    assert directives(MAIL_BODY_REMOTE_CSP)["img-src"] == ["'self'", "data:", "https:", "http:"]


def test_https_is_insisted_on_only_where_it_is_used() -> None:
    assert "Strict-Transport-Security" in page_headers(https=True)
    assert "Strict-Transport-Security" not in page_headers(https=False)
    assert page_headers(https=False)["X-Content-Type-Options"] == "nosniff"


def test_other_sites_may_load_the_widget() -> None:
    headers = embedded_headers(https=True)
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize(
    ("media_type", "served", "kind"),
    [
        ("image/png", "image/png", "inline"),
        ("IMAGE/PNG; x=y", "image/png", "inline"),
        ("text/plain; charset=utf-16", "text/plain; charset=utf-8", "inline"),
        ("text/html", "application/octet-stream", "attachment"),
        ("image/svg+xml", "application/octet-stream", "attachment"),
        ("application/pdf", "application/octet-stream", "attachment"),
        ("", "application/octet-stream", "attachment"),
    ],
)
def test_a_file_opens_only_when_it_cannot_act(media_type: str, served: str, kind: str) -> None:
    headers = file_headers("a", media_type, https=True)
    assert headers["Content-Type"] == served
    assert headers["Content-Disposition"].startswith(f"{kind};")
    assert "sandbox" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_a_file_is_shown_on_other_sites_only_where_it_is_meant_to() -> None:
    inner = file_headers("a", "image/png", https=True)
    outer = file_headers("a", "image/png", https=True, embedded=True)
    assert inner["Cross-Origin-Resource-Policy"] == "same-origin"
    assert outer["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("a b.pdf", 'attachment; filename="a b.pdf"'),
        ("پیام", "attachment; filename=\"____\"; filename*=UTF-8''%D9%BE%DB%8C%D8%A7%D9%85"),
        ("../../etc/passwd", 'attachment; filename="passwd"'),
        ("C:\\temp\\x.txt", 'attachment; filename="x.txt"'),
        ("", 'attachment; filename="file"'),
        ("...", 'attachment; filename="file"'),
        ("a\r\nSet-Cookie: x", 'attachment; filename="aSet-Cookie: x"'),
        ("gpj\u202e.exe", 'attachment; filename="gpj.exe"'),
    ],
)  # fmt: skip
def test_file_names(name: str, header: str) -> None:
    assert content_disposition("attachment", name) == header


@given(st.text())
def test_any_file_name_makes_one_ascii_header(name: str) -> None:
    header = content_disposition("attachment", name)
    assert header.isascii()
    assert header.isprintable()
    message = Message()
    message["Content-Disposition"] = header
    found = message.get_filename()
    assert found
    assert "/" not in found
