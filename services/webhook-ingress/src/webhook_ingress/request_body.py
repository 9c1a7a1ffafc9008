"""Reading a body within limits of size, pieces and time; nothing here looks into it."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from webhook_ingress.errors import BodyBroken, BodyTooLarge, BodyTooSlow, UnsupportedBody


@dataclass(frozen=True, slots=True)
class BodyLimits:
    bytes: int
    chunks: int
    timeout_seconds: float


def check_headers(request: web.BaseRequest, limits: BodyLimits) -> None:
    """Raises what the headers alone already forbid, before a byte of the body is read."""
    headers = request.headers
    if "Content-Encoding" in headers:
        raise UnsupportedBody("a compressed body is not accepted; send it without Content-Encoding")
    types = headers.getall("Content-Type", [])
    if len(types) != 1 or types[0].partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedBody("the Content-Type must be application/json")
    if (request.content_length or 0) > limits.bytes:
        raise _too_large(limits)


async def read_body(request: web.BaseRequest, limits: BodyLimits) -> bytes:
    """The raw bytes of the body, not decompressed and not decoded."""
    try:
        if request.content.is_eof():  # It came with its headers, nothing has to be waited for.
            return await _read(request, limits)
        async with asyncio.timeout(limits.timeout_seconds):
            return await _read(request, limits)
    except TimeoutError:
        raise BodyTooSlow(
            f"the body did not arrive within {limits.timeout_seconds:g} seconds"
        ) from None
    except (web.RequestPayloadError, ConnectionError) as error:
        raise BodyBroken("the body could not be read to its end") from error


async def _read(request: web.BaseRequest, limits: BodyLimits) -> bytes:
    body = bytearray()
    chunks = 0
    while True:
        piece, chunk_ended = await request.content.readchunk()
        if not piece and not chunk_ended:
            return bytes(body)
        body += piece
        chunks += chunk_ended
        if len(body) > limits.bytes:
            raise _too_large(limits)
        # Each chunk costs the parser far more than its bytes: 300 000 of one byte are an attack.
        if chunks > limits.chunks:
            raise BodyTooLarge(f"the body has more than {limits.chunks} chunks")


def _too_large(limits: BodyLimits) -> BodyTooLarge:
    return BodyTooLarge(f"the body has more than {limits.bytes} bytes")
