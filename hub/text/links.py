"""What is Latin in any text and says nothing about its language: links, addresses, code."""

import re
from typing import Final

# The lookbehinds let an alternative start once a run of its characters, and the repeats never give
# back what they took, so the time stays linear however long a run is.
_NOT_WORDS: Final = re.compile(
    r"""
      (?<!`)`++[^`\n]*+`++                                       # code
    | (?<![a-z0-9+.-])[a-z][a-z0-9+.-]{1,15}://\S+               # links of any scheme
    | (?<![a-z0-9_.+-])[a-z0-9_.+-]*+@[a-z0-9_.-]++              # mail addresses, @handles
    | (?<![a-z0-9_.-])[a-z0-9_-]++(?:\.[a-z0-9_-]++)++(?:/\S*)?  # domains, file names
    | (?<!\S)/[a-z0-9_]++                                        # /commands of bots
    """,
    re.VERBOSE | re.IGNORECASE | re.ASCII,
)


def without_links(text: str) -> str:
    """`text` with links, mail addresses, @handles, file names and `code` replaced by spaces."""
    if text.isalpha():
        return text
    return _NOT_WORDS.sub(" ", text)
