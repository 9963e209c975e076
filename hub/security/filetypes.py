"""What a file is, by its own bytes, and whether opening it may do something.

A sender's word for it decides nothing: a program that is called a picture is a program. The hub
opens no file and unpacks no archive, so what is in one harms nobody until somebody saves it; what
may act when it is opened is held back until an agent says that it is wanted.
"""

# ruff: noqa: SIM905 - long lists of names are easier to read as words
from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath
from typing import Final, Literal

HEAD: Final = 8_192
"""How many bytes from the beginning decide."""
UNKNOWN: Final = "application/octet-stream"

Danger = Literal["program", "page", "macros"]
"""Why a file is held back: it is a program or starts one; it is a page that acts when a browser
opens it from the disk; it is a paper that carries programs (macros)."""

PROGRAM: Final = "application/x-executable"

_PROGRAM_BYTES: Final = (
    b"MZ",  # Windows (PE)
    b"\x7fELF",
    b"\xfe\xed\xfa\xce",  # macOS (Mach-O), in its four orders, and for several processors
    b"\xfe\xed\xfa\xcf",
    b"\xce\xfa\xed\xfe",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"#!",
    b"L\x00\x00\x00\x01\x14\x02\x00",  # a Windows shortcut
)
_PROGRAMS: Final = frozenset(
    "action apk app appimage appref-ms bat bin cab chm cmd com command cpl deb desktop diagcab dll"
    " dmg dylib elf exe gadget hta img inf ins iso jar jnlp js jse ksh lnk mde msc msh msi msp mst"
    " msu ocx osx pif pkg pl ps1 ps1xml ps2 psc1 psm1 py pyc pyz pyw rb reg rgs rpm run scf scr sct"
    " settingcontent-ms sh shb so swf sys url vb vbe vbs vhd vhdx vxd webloc website workflow ws"
    " wsc wsf wsh xbap xll zsh".split()
)
_PAGES: Final = frozenset("htm html mht mhtml shtml svg svgz xht xhtml xml xsl xslt".split())
_MACROS: Final = frozenset(
    "accdb accde docm dotm mdb potm ppam ppsm pptm sldm xla xlam xlm xlsb xlsm xltm".split()
)
_PROGRAM_TYPES: Final = frozenset(
    "application/java-archive application/vnd.android.package-archive"
    " application/vnd.microsoft.portable-executable application/x-dosexec application/x-elf"
    " application/x-executable application/x-msdownload application/x-ms-shortcut"
    " application/x-msi application/x-sh application/x-shellscript".split()
)
_PAGE_TYPES: Final = frozenset(
    "application/xhtml+xml application/xml image/svg+xml multipart/related text/html"
    " text/xml".split()
)


def media_type_of(head: bytes, name: str, claimed: str = UNKNOWN) -> str:
    """The media type (RFC 6838) of a file that begins with `head`.

    claimed: what its sender calls it, which stands where the bytes say nothing else. Never raises.
    """
    if head.startswith(_PROGRAM_BYTES):
        return PROGRAM
    if (page := _page(head)) is not None:
        return page
    import puremagic  # its tables take a tenth of a second to read

    try:
        found = puremagic.magic_string(head, filename=name)
    except (puremagic.PureError, ValueError):
        found = []
    # Without matched bytes it would be a guess by the name.
    sure = next((match for match in found if match.byte_match and match.mime_type), None)
    return str(sure.mime_type) if sure is not None else claimed.partition(";")[0].strip().lower()


def danger_of(name: str, media_type: str) -> Danger | None:
    """Why a file is held back, by its name and by what it is; None where it is not.

    The ending counts by itself: the computer of whoever saves the file goes by it.
    """
    ending = _ending(name)
    if ending in _PROGRAMS or media_type in _PROGRAM_TYPES:
        return "program"
    if ending in _PAGES or media_type in _PAGE_TYPES:
        return "page"
    return "macros" if ending in _MACROS or "macroenabled" in media_type.lower() else None


def _ending(name: str) -> str:
    """The last ending, as the system sees it that drops blanks, full stops and what is invisible
    at the end of a name, and takes what follows a colon for something else."""
    seen = "".join(c for c in name if unicodedata.category(c) not in ("Cf", "Cc", "Zl", "Zp"))
    plain = unicodedata.normalize("NFKC", seen).partition(":")[0].rstrip(" .")
    return PurePosixPath(plain.replace("\\", "/")).suffix.lower().removeprefix(".")


def _page(head: bytes) -> str | None:
    """Whether a browser would take the file for a page (WHATWG, MIME Sniffing, 7.1)."""
    start = head.removeprefix(b"\xef\xbb\xbf")
    for order in (b"\xff\xfe", b"\xfe\xff"):
        if start.startswith(order):
            start = start[2:].replace(b"\0", b"")
    start = start.lstrip(b"\t\n\x0c\r ")[:1024].lower()
    if not start.startswith(b"<"):
        return None
    if start.startswith(_HTML):
        return "text/html"
    return "image/svg+xml" if b"<svg" in start else "text/xml" if start[:5] == b"<?xml" else None


_HTML: Final = tuple(
    f"<{tag}".encode()
    for tag in (
        "!doctype html|html|head|script|iframe|h1|div|font|table|a |style|title|b>|body|br|p>|!--"
        "|meta|form|img|object|embed|link|base"
    ).split("|")
)
