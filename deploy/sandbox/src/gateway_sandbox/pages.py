"""Server-rendered pages: everything escaped, nothing loaded from elsewhere."""

from typing import Any

from aiohttp import web
from jinja2 import Environment, PackageLoader, StrictUndefined

# No form-action: browsers would apply it to the redirect back to the shop as well.
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Pages:
    """Renders the package's templates."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("gateway_sandbox"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def render(self, template: str, context: dict[str, Any]) -> str:
        """The page's HTML."""
        return self._environment.get_template(template).render(context)

    def response(self, text: str, *, status: int = 200) -> web.Response:
        """The page as an answer."""
        return web.Response(text=text, status=status, content_type="text/html")
