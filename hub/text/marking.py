"""Marking words for translation where they are written, long before somebody reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping


def N_(text: str) -> str:  # noqa: N802 - the name by which message catalogues know it
    """The same text; the collector of messages finds it by this name (gettext, "noop")."""
    return text


class Sentence(str):
    """A sentence in English that can be said in another language later.

    form: what the catalogues know, with %(name)s where the values stand, which may be sentences
    themselves. It goes wherever a text goes; only who says it to somebody asks what it is.
    """

    __slots__ = ("form", "values")

    form: str
    values: Mapping[str, object]

    def __new__(cls, form: str, **values: object) -> Sentence:
        made = super().__new__(cls, form % values if values else form)
        made.form, made.values = form, values
        return made


def in_words(text: str, say: Callable[[str], str]) -> str:
    """A text as `say` translates it; what is no sentence of ours stays as it is."""
    if not isinstance(text, Sentence):
        return text
    said = say(text.form)
    if not text.values:
        return said
    return said % {
        name: in_words(value, say) if isinstance(value, str) else value
        for name, value in text.values.items()
    }
