"""Guard against hostile servers: host name → connection to a checked address; bytes as sent → a body within limits.

A page, a redirect or a DNS answer can name any machine, also the reader's own router or a cloud's metadata service.
The check therefore sits where the connection is made: the name is resolved once, every address of the answer is
judged, and the connection goes to the judged literal, so a second, different DNS answer is never asked for.
TLS SNI, certificate check and the Host header keep the name, because httpcore takes those from the request.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
import threading
import zlib
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Literal

import httpcore

from claimaudit.crawl.robots import user_agent_header
from claimaudit.crawl.urls import NoPageError, explain, shown
from claimaudit.errors import UsageError
from claimaudit.types import Frozen

AddressKind = Literal["public", "private", "never"]
"""``private`` may be admitted for a host that was given as input; ``never`` may not."""

Resolver = Callable[[str, int], Awaitable[tuple[str, ...]]]

_ATTEMPT_SECONDS = 4.0  # for each address but the last, so that a dead IPv6 route leaves time for IPv4
_MAX_ATTEMPTS = 6


def _nets(*texts: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(text) for text in texts)


# Cloud metadata and host services; some lie in otherwise admissible or public ranges: AWS, Google, Alibaba, Azure.
_METADATA = _nets(
    *("169.254.169.254/32", "fd00:ec2::254/128", "fd20:ce::254/128", "100.100.100.200/32", "168.63.129.16/32")
)
_PRIVATE = _nets("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")

# IANA's special-purpose registries, written out because ``ipaddress`` knows more of them with every Python release.
_NEVER = _nets(
    *("0.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24"),
    *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    *("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"),  # 2001::/32 is Teredo, 2002::/16 is 6to4
)
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)


class FetchOptions(Frozen, frozen=True):
    """How to fetch. Raises ``UsageError`` for limits that cannot work and for text that no header can carry."""

    user_agent: str = ""  # the whole header; "" for "claimaudit/<version> (wording audit; contact: …)"
    contact: str = ""  # mail or URL where a site's owner reaches you
    timeout: float = 20.0  # seconds for everything: DNS, robots.txt, redirects, body
    max_bytes: int = 20 * 1024 * 1024  # of the body, after decompression
    max_redirects: int = 5
    allow_private: bool = False  # admit private and loopback addresses of ``allow_hosts``
    allow_hosts: frozenset[str] = frozenset()  # hosts given as input, never ones found in pages

    def __post_init__(self) -> None:
        if not (math.isfinite(self.timeout) and self.timeout > 0):
            raise UsageError(explain(f"timeout={self.timeout}", "seconds above 0", "timeout=20"))
        if self.max_bytes < 1 or self.max_redirects < 0:
            found = f"max_bytes={self.max_bytes}, max_redirects={self.max_redirects}"
            raise UsageError(explain(found, "max_bytes of 1 or more, max_redirects of 0 or more", "the defaults"))
        for name, text, banned in (("user_agent", self.user_agent, ""), ("contact", self.contact, "()\\")):
            if any(not (c.isascii() and c.isprintable()) or c in banned for c in text):
                expected = "plain ASCII on one line" + (", no parentheses or backslashes" if banned else "")
                raise UsageError(explain(f"{name}={shown(text)!r}", expected, "a mail address or URL"))

    @property
    def header(self) -> str:
        """The User-Agent header that is sent."""
        return user_agent_header(self.user_agent, self.contact)


class RefusedAddressError(NoPageError):
    """A host leads to an address that is not fetched."""

    outcome = "refused_address"


class NameNotResolvedError(NoPageError):
    """A host's name has no address."""

    outcome = "dns_error"


def address_kind(text: str) -> AddressKind:
    """Judge an IP address literal. Raises ``ValueError`` if it is none."""
    return _kind(ip_address(text))


def _kind(address: IPv4Address | IPv6Address) -> AddressKind:
    if _within(address, _METADATA):
        return "never"
    if isinstance(address, IPv6Address):
        return _kind_of_v6(address)
    if _within(address, _PRIVATE):
        return "private"
    return "public" if address.is_global and not _within(address, _NEVER) else "never"


def _kind_of_v6(address: IPv6Address) -> AddressKind:
    """An IPv6 address that carries an IPv4 address is judged by both."""
    if address.ipv4_mapped is not None:
        return _kind(address.ipv4_mapped)  # the kernel connects to exactly that IPv4 address
    if address in _NAT64:
        # Where the network is IPv6 only, every public IPv4 host arrives like this; a private one is an attempt.
        return "public" if _kind(IPv4Address(int(address) & 0xFFFFFFFF)) == "public" else "never"
    if _within(address, _PRIVATE):
        return "private"
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP and _kind(IPv4Address(int(address) & 0xFFFFFFFF)) != "public":
        return "never"
    public = address in _GLOBAL_UNICAST and address.is_global and not _within(address, _NEVER)
    return "public" if public else "never"


def _within(address: IPv4Address | IPv6Address, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    return any(address in network for network in networks)  # False where the versions differ


def check_addresses(host: str, addresses: Iterable[str], *, admit_private: bool) -> None:
    """Raise ``RefusedAddressError`` unless every address may be connected to.

    One bad address refuses the host: an answer that mixes public and private ones is how rebinding starts.
    """
    for address in addresses:
        kind = address_kind(address)
        if kind == "public" or (kind == "private" and admit_private):
            continue
        what = "a private or loopback address" if kind == "private" else "a reserved, link-local or metadata address"
        found = f"{what} ({address}) behind {shown(host)!r}"
        advice = "allowing private addresses, if this host is yours and you give it as input yourself"
        raise RefusedAddressError(
            explain(found, "a public internet address", advice if kind == "private" else "the page's public address")
        )


def check_literal(host: str, *, admit_private: bool) -> None:
    """Raise ``RefusedAddressError`` if ``host`` is itself an address that may not be connected to; names pass."""
    with contextlib.suppress(ValueError):
        ip_address(host)
        check_addresses(host, (host,), admit_private=admit_private)


async def resolve(host: str, port: int) -> tuple[str, ...]:
    """All addresses of a host, in the system's order of preference. Raises ``NameNotResolvedError``.

    A daemon thread, not the loop's executor: ``asyncio.run`` waits for that executor, and a name server that never
    answers would then outlast every time-out of ours.
    """
    with contextlib.suppress(ValueError):
        return (str(ip_address(host)),)
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[tuple[str, ...]] = loop.create_future()

    def settle(addresses: tuple[str, ...], problem: str) -> None:
        if answer.done():
            return
        if addresses:
            answer.set_result(addresses)
        else:
            found = f"no address for the host {shown(host)!r} ({problem})"
            told = explain(found, "a name that DNS knows", "the spelling, the network, or again later")
            answer.set_exception(NameNotResolvedError(told))

    def look_up() -> None:
        addresses: tuple[str, ...] = ()
        problem = "empty answer"
        try:
            # Bytes, so that Python's own IDNA codec stays out of a name that is Punycode already.
            found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
            addresses = tuple(dict.fromkeys(str(entry[4][0]) for entry in found))
        except (OSError, UnicodeError) as error:
            problem = str(error)
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, addresses, problem)

    threading.Thread(target=look_up, name=f"resolve {host}", daemon=True).start()
    return await answer


class GuardedBackend(httpcore.AsyncNetworkBackend):
    """httpcore's network, but every connection goes to an address that was judged first.

    ``private_hosts`` are the hosts (as ``WebAddress.host``) whose private addresses are admitted.
    """

    def __init__(
        self,
        *,
        private_hosts: frozenset[str] = frozenset(),
        resolver: Resolver = resolve,
        backend: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        self._private_hosts = private_hosts
        self._resolve = resolver
        self._backend = backend or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of ``host`` that answers.

        Raises ``RefusedAddressError``, ``NameNotResolvedError`` and httpcore's errors.
        """
        addresses = await self._resolve(host, port)
        check_addresses(host, addresses, admit_private=host in self._private_hosts)
        tried = addresses[:_MAX_ATTEMPTS]
        for address in tried[:-1]:
            with contextlib.suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                limit = _ATTEMPT_SECONDS if timeout is None else min(timeout, _ATTEMPT_SECONDS)
                return await self._backend.connect_tcp(address, port, limit, local_address, socket_options)
        return await self._backend.connect_tcp(tried[-1], port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None
    ) -> httpcore.AsyncNetworkStream:
        """Always refused: no web page lives behind a local socket."""
        found = f"the local socket {shown(path)!r}"
        raise RefusedAddressError(explain(found, "a public internet address", "a web address"))

    async def sleep(self, seconds: float) -> None:
        """Wait, in seconds."""
        await self._backend.sleep(seconds)


# ── bodies ───────────────────────────────────────────────────────────────────────────────────────────

_PIECE_BYTES = 64 * 1024
_SNIFFED_BYTES = 2048
_HTML_STARTS = (b"<!doctype", b"<html", b"<head", b"<title", b"<meta", b"<body", b"<script", b"<div", b"<table", b"<h1")


class BrokenBodyError(Exception):
    """A body does not decompress, ends too early, or comes in a coding that was not asked for."""


class TooLargeError(NoPageError):
    """A body is larger than it may be."""

    outcome = "too_large"


async def read_body(
    chunks: AsyncIterable[bytes], where: str, limit: int, *, coding: str = "", length: str = "", cut: bool = False
) -> bytes:
    """A decompressed body of at most ``limit`` bytes; a longer one is cut, or raises ``TooLargeError``.

    ``coding`` and ``length`` are the Content-Encoding and Content-Length as sent. Raises ``BrokenBodyError``.
    """
    inflater = Inflater(coding)
    if not cut and length.isdecimal() and int(length) > limit:
        raise _too_large(where, f"{length} bytes announced", limit)
    body, received = bytearray(), 0
    async for chunk in chunks:
        received += len(chunk)
        for piece in inflater.feed(chunk):
            body += piece
            if len(body) > limit:
                if cut:
                    return bytes(body[:limit])
                raise _too_large(where, f"more than {len(body) - 1} bytes, from {received} as sent,", limit)
        # Bytes as sent count too: endless empty gzip members unfold to nothing.
        if received > limit:
            raise _too_large(where, f"{received} bytes as sent", limit)
    inflater.finish()
    return bytes(body)


def looks_like_html(body: bytes) -> bool:
    """Whether bytes of no declared type begin like HTML: a byte order mark, white space and comments aside."""
    head = body[:_SNIFFED_BYTES].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\f").lower()
    while head.startswith((b"<!--", b"<?xml")):
        head = head.partition(b"-->" if head.startswith(b"<!--") else b"?>")[2].lstrip()
    return head.startswith(_HTML_STARTS)


def _too_large(where: str, found: str, limit: int) -> TooLargeError:
    return TooLargeError(explain(f"{found} at {shown(where)}", f"at most {limit} bytes", "a higher max_bytes"))


class Inflater:
    """Undo a Content-Encoding in pieces of at most 64 KiB, so that a caller can stop long before a bomb has unfolded.

    ``coding`` is the header's value: gzip, x-gzip, deflate, identity or "". A single coding only: each further one
    would multiply what a small body can grow to by a thousand. Raises ``BrokenBodyError``.
    """

    def __init__(self, coding: str) -> None:
        names = [name for part in coding.split(",") if (name := part.strip().lower()) not in ("", "identity")]
        if len(names) > 1 or not {*names} <= {"gzip", "x-gzip", "deflate"}:
            raise BrokenBodyError(f"content-encoding {shown(coding)!r}, where only gzip or deflate was asked for")
        self._plain = not names
        self._zlib_or_raw = names == ["deflate"]
        self._waiting = b""
        self._stream: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The decompressed pieces that ``data`` makes available."""
        if self._plain:
            yield data
            return
        data = self._waiting + data
        self._waiting = b""
        while data:
            if self._stream is None or self._stream.eof:
                if len(data) < 2:  # too little to tell what begins here
                    self._waiting = data
                    return
                if self._stream is not None and not data.startswith(b"\x1f\x8b"):
                    return  # padding after the end, which browsers ignore too
                self._stream = zlib.decompressobj(self._window_bits(data))
            yield from self._drain(self._stream, data)
            data = self._stream.unused_data if self._stream.eof else b""

    def finish(self) -> None:
        """Call after the last byte; raises ``BrokenBodyError`` if the compressed data is not complete."""
        if (self._stream is None and self._waiting) or (self._stream is not None and not self._stream.eof):
            raise BrokenBodyError("the compressed body ends too early")

    def _window_bits(self, data: bytes) -> int:
        if not self._zlib_or_raw:
            return zlib.MAX_WBITS | 16
        # "deflate" means zlib's format, but some servers send the bare stream; zlib's first two bytes are a check sum.
        wrapped = data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
        return zlib.MAX_WBITS if wrapped else -zlib.MAX_WBITS

    @staticmethod
    def _drain(stream: zlib._Decompress, data: bytes) -> Iterator[bytes]:
        piece = b"-"
        # zlib may hold back output without any input left over: only a short piece says that it has no more.
        while not stream.eof and (data or len(piece) == _PIECE_BYTES):
            try:
                piece = stream.decompress(data, _PIECE_BYTES)
            except zlib.error as error:
                raise BrokenBodyError(str(error)) from error
            data = stream.unconsumed_tail
            yield piece
