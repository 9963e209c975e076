"""Sentences that are written in English and said in the reader's language."""

from __future__ import annotations

from hub.rules.load import read_rules
from hub.text.marking import Sentence, in_words
from hub.web.words import words


def test_a_sentence_is_its_english_until_somebody_reads_it() -> None:
    hint = Sentence("; did you mean '%(name)s'?", name="hours")
    fault = Sentence("there is no condition %(key)s%(hint)s", key="'hour'", hint=hint)
    assert fault == "there is no condition 'hour'; did you mean 'hours'?"
    assert in_words(fault, words("en")) == fault
    assert in_words(fault, words("fa")) == "شرطی به نام 'hour' نیست؛ منظورتان «hours» بود؟"
    assert in_words("100 %", words("fa")) == "100 %"


def test_what_is_wrong_with_a_rule_is_said_in_persian() -> None:
    text = (
        "- id: a\n  when: message.received\n  if: {first_message: 7}\n"
        "  then: [{reply: {template: x, delay: soon}}]\n- id: [\n"
    )
    for one in (text, text.replace("- id: [\n", "")):
        for fault in read_rules(one, file="x").faults:
            assert in_words(fault.message, words("fa")) != fault.message
