"""How a widget would look with what stands in the form, before it is saved."""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from hub.web.asked import Asked, status
from hub.web.channels import forms, listing
from hub.web.channels.connecting import typed


async def show(asked: Asked) -> Response:
    """POST /channels/<account>/look: the fields of the form, and lang ("en", "fa").

    As JSON what the widget's own `show` takes; 422 with what is wrong, by field.
    """
    context = asked.site.context
    one = (await listing.find(asked)).configured.get(asked.request.path_params["account"])
    kind = context.accounts.kinds.get(one.kind) if one is not None else None
    if one is None or kind is None or kind.widget is None:
        raise status(404)
    read = forms.read(kind.settings, typed(asked), one.options, asked.say)
    if read.errors:
        return asked.dressed(JSONResponse({"errors": dict(read.errors)}, 422))
    settings = kind.settings.model_validate(read.options)
    fallback = context.policy().organisation.locale
    return asked.dressed(JSONResponse(kind.widget.shown(settings, asked.field("lang"), fallback)))
