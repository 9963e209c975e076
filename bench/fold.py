"""Folding: microseconds a message of `hub.text.fold`, against the standard library's own.

    python -m bench.fold [--rounds N]

The standard library knows compatibility forms and case (`unicodedata.normalize("NFKC", text)` and
`casefold`), but no Persian: what folding does beyond that is what it takes longer for.
"""

from __future__ import annotations

import argparse
import time
import unicodedata
from collections.abc import Callable, Sequence

from hub.text import fold

TEXTS = {
    "English, 180 characters": "Could you look where my order is? It was sent a week ago. " * 3,
    "Persian, 180 characters": "سلام، سفارش ۱۰۴۸۲ من هنوز نرسیده‌است. لطفاً پیگیری كنيد! " * 3,
    "both, 9,000 characters": "Order 10482 سفارش من كجاست؟ It is late. هنوز نمی‌دانم. " * 160,
}


def normalised(text: str) -> str:
    """What the standard library offers."""
    return unicodedata.normalize("NFKC", text).casefold()


def microseconds(function: Callable[[str], str], text: str, rounds: int) -> float:
    """Processor time of one call; the best of three tries."""
    function(text)
    tries = []
    for _ in range(3):
        began = time.process_time()
        for _ in range(rounds):
            function(text)
        tries.append(time.process_time() - began)
    return min(tries) / rounds * 1e6


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=2000)
    given = parser.parse_args(arguments)
    print(f"{'µs a message':<26} {'fold':>8} {'NFKC':>8} {'ratio':>6}")
    for name, text in TEXTS.items():
        rounds = max(1, given.rounds * 180 // max(180, len(text)))
        ours, plain = (microseconds(function, text, rounds) for function in (fold, normalised))
        print(f"{name:<26} {ours:>8.1f} {plain:>8.1f} {ours / plain:>6.2f}")


if __name__ == "__main__":
    main()
