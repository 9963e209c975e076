"""What the fuzzing of the API knows: ids of what is there, and what its own kinds of problem mean.

The runner imports it by SCHEMATHESIS_HOOKS. PAYAM_IDS holds ids by the name of the parameter, and
under "" any.
"""

from __future__ import annotations

import json
import os
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode

IDS: dict[str, list[str]] = json.loads(os.environ.get("PAYAM_IDS", '{"": []}'))
KNOWN = sorted({one for some in IDS.values() for one in some})

schemathesis.openapi.format("uuid", st.sampled_from(KNOWN) | st.uuids().map(str))


@schemathesis.hook
def flatmap_path_parameters(context: Any, parameters: Any) -> st.SearchStrategy[Any]:
    """Mostly what is there, by the name of its parameter."""
    named = {name: st.sampled_from(IDS[name]) for name in parameters or {} if IDS.get(name)}
    if not named:
        return st.just(parameters)
    return st.just(parameters) | st.fixed_dictionaries(named).map(
        lambda found: {**parameters, **found}
    )


@schemathesis.check
def what_fits_is_not_called_invalid(ctx: Any, response: Any, case: Any) -> None:
    """A request that fits its description may be refused for what it means, never for its form."""
    meta = case.meta
    if meta is None or meta.generation.mode is not GenerationMode.POSITIVE:
        return
    if response.status_code in (400, 415) or (
        response.status_code == 422 and response.json()["type"].endswith("#invalid")
    ):
        raise AssertionError(f"It fits the document, and was answered {response.text}")
