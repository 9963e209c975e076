"""How stored facts are read back: every field known, every value of its own type."""

from typing import Final

from pydantic import ConfigDict

STRICT: Final = ConfigDict(extra="forbid", strict=True)
