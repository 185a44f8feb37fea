"""The web page: static files, with a policy against resources and scripts from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles

WEB: Final = Path(__file__).resolve().parent.parent / "web"

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",  # the chosen picture, and the small copies on the device
        "connect-src 'self'",
        "manifest-src 'self'",
        "worker-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)

HEADERS: Final = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cross-origin-opener-policy": "same-origin",
    # File names have no version, so browsers revalidate each time; the answer is 304 while nothing changed.
    "cache-control": "no-cache",
}

# Files that must be at the root: the scope of a service worker is its own folder.
_AT_ROOT: Final = {
    "/": ("index.html", "text/html"),
    "/sw.js": ("sw.js", "text/javascript"),
    "/manifest.webmanifest": ("manifest.webmanifest", "application/manifest+json"),
}


class _PageFiles(StaticFiles):
    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers.update(HEADERS)
        return response


def add_page(app: FastAPI) -> None:
    """Serves the page at `/` and its files below `/web/`."""
    for path, (name, media_type) in _AT_ROOT.items():
        app.add_api_route(
            path, _file(WEB / name, media_type), methods=["GET", "HEAD"], include_in_schema=False
        )
    app.mount("/web", _PageFiles(directory=WEB), name="web")


def _file(path: Path, media_type: str) -> Any:
    async def file() -> FileResponse:
        return FileResponse(path, media_type=media_type, headers=HEADERS)

    return file
