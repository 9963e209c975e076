"""Which pages may talk to us, in the words of the Fetch standard (CORS)."""

from starlette.requests import Request
from starlette.responses import Response

from channels.webchat.settings import WebchatSettings


def cors(request: Request, settings: WebchatSettings) -> dict[str, str]:
    """Headers that let an allowed page read the answer. No cookie is ever involved."""
    origin = request.headers.get("origin")
    if origin is None or not settings.allows(origin):
        return {"Vary": "Origin"}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Expose-Headers": "Retry-After",
        "Vary": "Origin",
    }


def preflight(request: Request, settings: WebchatSettings) -> Response:
    """The answer to the browser's question whether an upload may be sent."""
    allowed = cors(request, settings)
    if "Access-Control-Allow-Origin" in allowed:
        allowed |= {
            "Access-Control-Allow-Methods": "POST",
            "Access-Control-Allow-Headers": "authorization, content-type, x-file-name",
            "Access-Control-Max-Age": "86400",
        }
    return Response(status_code=204, headers=allowed)
