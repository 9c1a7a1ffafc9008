"""What an attacker puts on the wire: framing and JSON that two readers could take differently."""

from support.ingress import HEADER, SECRET

HOST = b"POST /webhooks/tabby-ksa HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
AUTHENTIC = HOST + HEADER.encode() + b": " + SECRET.encode() + b"\r\n"

LENGTH = b"Content-Length: 2\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
END = b"\r\n0\r\n\r\n"
SMUGGLED: dict[str, bytes] = {
    "length and chunked": AUTHENTIC + LENGTH + CHUNKED + END,
    "chunked and length": AUTHENTIC + CHUNKED + LENGTH + END,
    "two different lengths": AUTHENTIC + LENGTH + b"Content-Length: 3\r\n\r\n{}",
    "the same length twice": AUTHENTIC + LENGTH + LENGTH + b"\r\n{}",
    "a list of lengths": AUTHENTIC + b"Content-Length: 2, 2\r\n\r\n{}",
    "a signed length": AUTHENTIC + b"Content-Length: +2\r\n\r\n{}",
    "a negative length": AUTHENTIC + b"Content-Length: -1\r\n\r\n{}",
    "a hexadecimal length": AUTHENTIC + b"Content-Length: 0x2\r\n\r\n{}",
    "an enormous length": AUTHENTIC + b"Content-Length: 99999999999999999999999\r\n\r\n{}",
    "chunked twice": AUTHENTIC + CHUNKED + CHUNKED + END,
    "chunked, chunked": AUTHENTIC + b"Transfer-Encoding: chunked, chunked\r\n" + END,
    "xchunked": AUTHENTIC + b"Transfer-Encoding: xchunked\r\n" + END,
    "chunked is not last": AUTHENTIC + b"Transfer-Encoding: chunked, identity\r\n" + END,
    "a vertical tab": AUTHENTIC + b"Transfer-Encoding: \x0bchunked\r\n" + END,
    "a space before the colon": AUTHENTIC + b"Content-Length : 2\r\n\r\n{}",
    "a folded header": AUTHENTIC + b"X-Folded: a\r\n b\r\n" + LENGTH + b"\r\n{}",
    "a folded encoding": AUTHENTIC + b"Transfer-Encoding:\r\n chunked\r\n" + END,
    "bare line feeds": AUTHENTIC.replace(b"\r\n", b"\n") + b"Content-Length: 2\n\n{}",
    "a bare line feed in a header": AUTHENTIC + b"X-A: b\n" + LENGTH + b"\r\n{}",
    "a bare carriage return": AUTHENTIC + b"X-A: b\rc\r\n" + LENGTH + b"\r\n{}",
    "a null byte": AUTHENTIC + b"X-A: b\x00c\r\n" + LENGTH + b"\r\n{}",
    "a header without a name": AUTHENTIC + b": b\r\n" + LENGTH + b"\r\n{}",
    "a header without a colon": AUTHENTIC + b"Nothing\r\n" + LENGTH + b"\r\n{}",
    "a name that is not ASCII": AUTHENTIC + b"X-\xff: b\r\n" + LENGTH + b"\r\n{}",
    "two hosts": AUTHENTIC + b"Host: b\r\n" + LENGTH + b"\r\n{}",
    "two content types": AUTHENTIC + b"Content-Type: text/plain\r\n" + LENGTH + b"\r\n{}",
    "a long header": AUTHENTIC + b"X-Long: " + b"a" * 20_000 + b"\r\n\r\n",
    "a long request line": b"POST /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
    "too many headers": AUTHENTIC + b"X-A: b\r\n" * 130 + b"\r\n",
    "another protocol": b"POST / HTTQ/1.1\r\nHost: a\r\n\r\n",
    "a version with a tail": b"POST / HTTP/1.1.1\r\nHost: a\r\n\r\n",
    "TLS on a plain port": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 40,
    "a chunk size with a sign": AUTHENTIC + CHUNKED + b"\r\n+2\r\n{}\r\n0\r\n\r\n",
    "a chunk size with 0x": AUTHENTIC + CHUNKED + b"\r\n0x2\r\n{}\r\n0\r\n\r\n",
    "a chunk size too long": AUTHENTIC + CHUNKED + b"\r\n" + b"f" * 20 + b"\r\n{}\r\n",
    "a chunk longer than its size": AUTHENTIC + CHUNKED + b"\r\n1\r\n{}\r\n0\r\n\r\n",
}

NOT_STRICT: dict[str, bytes] = {
    "a key twice": b'{"amount":"1.00","amount":"100.00"}',
    "a key twice, escaped": b'{"amount":"1","\\u0061mount":"2"}',
    "an integer beyond 2^53": b'{"id":9007199254740993}',
    "an integer beyond 2^64": b'{"id":18446744073709551616}',
    "a number beyond any": b'{"id":1e400}',
    "not a number": b'{"id":NaN}',
    "infinity": b'{"id":-Infinity}',
    "a byte order mark": b'\xef\xbb\xbf{"id":1}',
    "bytes after the end": b'{"id":1}{"id":2}',
    "a lone surrogate": b'{"id":"\\ud800"}',
    "bytes that are not UTF-8": b'{"id":"\xff"}',
    "UTF-16": '{"id":1}'.encode("utf-16"),
    "thirty-three deep": b"[" * 33 + b"]" * 33,
    "a thousand deep": b"[" * 1000 + b"]" * 1000,
    "nothing": b"",
    "single quotes": b"{'id':1}",
    "a trailing comma": b'{"id":1,}',
    "a comment": b'{"id":1}//',
    "a control character": b'{"id":"\x00"}',
}
