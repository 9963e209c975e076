"""The program that looks at strangers' pictures, in a process of its own with next to no rights.

A picture of a few kilobytes can ask for gigabytes once it is opened, and the libraries that open
them are C. So this file is run as a script: it imports nothing of the hub, has no environment, may
open no files and has its memory and time limited by the kernel (setrlimit(2)).

Requests come on standard input: the length as 8 bytes, and the picture. Answers go to standard
output: `ANSWER`, and as many bytes as it says: the small picture, or why there is none.
"""

from __future__ import annotations

import io
import resource
import struct
import sys
from typing import Final

LENGTH: Final = struct.Struct(">Q")
ANSWER: Final = struct.Struct(">?III")
"""Whether it worked, width and height of the given picture, and the length of what follows."""

BOX: Final = (640, 480)
"""Pixels that a small picture fits into: twice the place that the thread has for one."""
LARGEST: Final = 64 * 1024
"""Bytes of a small picture; it is kept in the database."""
MOST_PIXELS: Final = 50_000_000
"""Of a picture that is opened at all; cameras make up to 48 million."""
MEMORY: Final = 640 * 1024 * 1024
SECONDS: Final = 8
"""Processor time for one picture."""
FORMATS: Final = ("PNG", "JPEG", "GIF", "WEBP", "AVIF")
"""What browsers show. Others that the library opens are larger, and some call other programs."""


class Unshowable(Exception):
    """There is no small picture; the text says why."""


def shrink(body: bytes) -> tuple[bytes, int, int]:
    """A small WebP of a picture without its metadata, and the size of the picture in pixels as it
    is looked at. Of what moves, the first image. Raises Unshowable."""
    from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError

    # Mail is often cut short, and browsers show what is there.
    ImageFile.LOAD_TRUNCATED_IMAGES = True
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(io.BytesIO(body), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Unshowable(f"it has {picture.width} × {picture.height} pixels")
            # As the camera was held (Exif, tag 0x0112).
            turned = picture.getexif().get(0x0112) in (5, 6, 7, 8)
            width, height = reversed(picture.size) if turned else picture.size
            # JPEG is opened at a fraction of its size, which takes as much less time and memory.
            picture.draft("RGB", BOX)
            return _packed(ImageOps.exif_transpose(picture)), width, height
    except Image.DecompressionBombError:
        raise Unshowable("it has more pixels than any camera makes") from None
    except UnidentifiedImageError:
        raise Unshowable("it is no picture that browsers show") from None
    except MemoryError:
        raise Unshowable("it takes more memory than a picture should") from None
    except Unshowable:
        raise
    except Exception as error:  # noqa: BLE001 - decoders raise anything for what is broken
        raise Unshowable(f"it is broken: {error}"[:200]) from None


def _packed(picture: object) -> bytes:
    from PIL import Image

    assert isinstance(picture, Image.Image)
    if picture.mode not in ("RGB", "RGBA"):
        clear = picture.mode in ("LA", "PA") or "transparency" in picture.info
        picture = picture.convert("RGBA" if clear else "RGB")
    picture.info.clear()
    for part, quality in ((1, 78), (1, 50), (2, 50), (4, 50)):
        picture.thumbnail((BOX[0] // part, BOX[1] // part))
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=quality, method=4)
        if out.tell() <= LARGEST:
            return out.getvalue()
    raise Unshowable("it does not get small")


def _confine() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def _allow_seconds(seconds: int) -> None:
    """So much processor time from now on; then the kernel ends this process (SIGXCPU)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    now = int(used.ru_utime + used.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (now + seconds, hard))


def main() -> None:
    """Answer until standard input ends."""
    from PIL import Image

    Image.init()  # loads the decoders while files can still be opened
    _confine()
    given, taken = sys.stdin.buffer, sys.stdout.buffer
    while head := given.read(LENGTH.size):
        body = given.read(LENGTH.unpack(head)[0])
        _allow_seconds(SECONDS)
        try:
            small, width, height = shrink(body)
            taken.write(ANSWER.pack(True, width, height, len(small)) + small)
        except Unshowable as fault:
            reason = str(fault).encode()
            taken.write(ANSWER.pack(False, 0, 0, len(reason)) + reason)
        taken.flush()


if __name__ == "__main__":
    main()
