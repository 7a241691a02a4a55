"""Fetch one page politely and safely: address + ``FetchOptions`` → ``Fetched``, whatever happens on the way.

robots.txt is asked first at every host that the redirects lead to, every address is judged before it is connected to,
and one time-out spans everything. This is the only module that imports httpx.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import quote_from_bytes

import httpcore
import httpx
from msgspec import structs

from claimaudit.crawl import robots
from claimaudit.crawl.guard import (
    BrokenBodyError,
    FetchOptions,
    GuardedBackend,
    TooLargeError,
    check_literal,
    looks_like_html,
    read_body,
)
from claimaudit.crawl.urls import BadAddressError, NoPageError, WebAddress, explain, normal_host, parse_address, shown
from claimaudit.types import Fetched, Outcome

__all__ = ["FetchOptions", "Session", "afetch", "fetch"]

ERROR_BODY_BYTES = 64 * 1024
"""As much of an error page as is kept."""

_REDIRECTS = (301, 302, 303, 307, 308)
_HTML_TYPES = ("text/html", "application/xhtml+xml")
_UNKNOWN_TYPES = ("", "unknown/unknown", "application/unknown", "*/*")  # as the MIME sniffing standard has them
_ASCII_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))


def fetch(
    url: str, options: FetchOptions | None = None, *, transport: httpx.AsyncBaseTransport | None = None
) -> Fetched:
    """Fetch one page and wait for it; also works where an event loop runs already, such as in a notebook.

    Never raises for what the network or the server does: see ``Fetched.outcome`` and ``Fetched.problem``.
    """
    if not _loop_is_running():
        return asyncio.run(afetch(url, options, transport=transport))
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(afetch(url, options, transport=transport))).result()


def _loop_is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def afetch(
    url: str, options: FetchOptions | None = None, *, transport: httpx.AsyncBaseTransport | None = None
) -> Fetched:
    """The asynchronous ``fetch``, with connections and robots rules of its own; a crawler shares a ``Session``."""
    async with Session(options, transport=transport) as session:
        return await session.fetch(url)


# ── the walk from address to page ────────────────────────────────────────────────────────────────────


# What a fetch can fail with; anything else is a bug of ours and is raised as one.
_FAILURES = (
    *(NoPageError, BrokenBodyError, OSError, ValueError, httpx.TransportError, httpx.InvalidURL),
    *(httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol),
)


@dataclass
class _Walk:
    """What is known so far of one fetch."""

    page: Fetched
    asking_robots: bool = False

    def note(self, **changes: object) -> Fetched:
        """Add what was learned to the page."""
        self.page = structs.replace(self.page, **changes)
        return self.page


class _Place(NamedTuple):
    """An address and whether its private addresses are admitted: both decide which connections may be used."""

    address: WebAddress
    admit_private: bool

    def redirected_by(self, answer: httpx.Response) -> _Place:
        """Where a redirect leads. Raises ``BadAddressError``.

        Another host is never admitted, not even one that was given too: no public page shall steer us to it.
        """
        raw = next((value for name, value in answer.headers.raw if name.lower() == b"location"), b"").strip()
        if not raw:
            raise BadAddressError(explain("no Location header", "where to go", "the address that a browser ends at"))
        # Bytes beyond ASCII are escaped one by one as browsers do, so that EUC-KR paths survive.
        target = parse_address(quote_from_bytes(raw, safe=_ASCII_PRINTABLE), base=self.address)
        return _Place(target, self.admit_private and target.host == self.address.host)


class Session:
    """Connections and robots rules shared by many fetches of one run; an async context manager.

    Connections to admitted private hosts are pooled apart, so that no redirect from elsewhere can ride on one.
    ``transport`` replaces the network in tests; address literals are judged even then.
    """

    def __init__(
        self, options: FetchOptions | None = None, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.options = options or FetchOptions()
        hosts = self.options.allow_hosts if self.options.allow_private else frozenset()
        self._admitted = frozenset(map(normal_host, hosts))
        self._transports = {
            admit: transport or _NetworkTransport(self._admitted if admit else frozenset()) for admit in (False, True)
        }
        self._rules: dict[tuple[str, bool], robots.RobotsRules] = {}
        self._locks: dict[tuple[str, bool], asyncio.Lock] = {}

    async def __aenter__(self) -> Session:
        return self

    async def __aexit__(self, *_: object) -> None:
        for transport in self._transports.values():
            await transport.aclose()

    async def fetch(self, url: str, *, given: bool = True) -> Fetched:
        """Fetch one page. ``given``: the host came as input; False for a link to another host.

        In the result ``redirects`` are the addresses that the servers sent us to, in order; the last is ``final_url``.
        """
        walk = _Walk(Fetched(source=url, user_agent=self.options.header, started=_now()))
        try:
            async with asyncio.timeout(self.options.timeout):
                walk.note(body=await self._follow(walk, given))
        except _FAILURES as error:
            outcome, problem = _diagnose(error, walk.page.final_url, self.options.timeout)
            if walk.asking_robots:  # the time was up before there were rules
                rules = robots.unreachable(walk.page.final_url, problem)
                walk.note(robots="unreachable", outcome=rules.outcome, problem=rules.problem)
            else:
                walk.note(outcome=outcome, problem=problem)
        return walk.note(ended=_now())

    async def _follow(self, walk: _Walk, given: bool) -> bytes:
        """From the first address over all redirects to the body of the page."""
        address = parse_address(walk.page.source)
        walk.note(url=address.href, final_url=address.href)
        place = _Place(address, given and address.host in self._admitted)
        while True:
            await self._ask_robots(walk, place)
            async with self._get(place) as answer:
                walk.note(status=answer.status_code, headers=tuple(answer.headers.multi_items()))
                if answer.status_code not in _REDIRECTS:
                    return await _read_page(walk, answer, self.options.max_bytes)
                place = self._next_place(walk.page, place, answer)
            href = place.address.href
            walk.note(final_url=href, redirects=(*walk.page.redirects, href), status=None, headers=())

    def _next_place(self, page: Fetched, place: _Place, answer: httpx.Response) -> _Place:
        try:
            target = place.redirected_by(answer)
        except BadAddressError as error:
            problem = f"{shown(page.final_url)} redirects (status {page.status}): {error}"
            raise NoPageError(problem) from None
        chain = (page.url, *page.redirects, target.address.href)
        looped = target.address.href in chain[:-1]
        if looped or len(page.redirects) >= self.options.max_redirects:
            found = f"{'a redirect loop' if looped else 'too many redirects'}: {' → '.join(map(shown, chain))}"
            expected = f"a page after at most {self.options.max_redirects} redirects"
            advice = "the address that a browser ends at"
            raise NoPageError(explain(found, expected, advice), "too_many_redirects")
        return target

    # ── robots.txt ───────────────────────────────────────────────────────────────────────────────────

    async def _ask_robots(self, walk: _Walk, place: _Place) -> None:
        """Raise ``NoPageError`` unless the rules at the page's origin are known and allow it."""
        walk.asking_robots = True
        key = (place.address.origin, place.admit_private)
        async with self._locks.setdefault(key, asyncio.Lock()):
            if key not in self._rules:  # what a time-out cut off is not remembered
                self._rules[key] = await self._fetch_rules(place)
        rules = self._rules[key]
        walk.asking_robots = False
        if rules.outcome != "ok":
            walk.note(robots="unreachable")
            raise NoPageError(rules.problem, rules.outcome)
        allowed = rules.allows(place.address)
        walk.note(crawl_delay=rules.crawl_delay, robots="allowed" if allowed else "disallowed")
        if not allowed:
            raise NoPageError(robots.disallowed(place.address), "robots_disallowed")

    async def _fetch_rules(self, place: _Place) -> robots.RobotsRules:
        where = robots.robots_address(place.address)
        current = place._replace(address=parse_address(where))
        try:
            for _ in range(robots.MAX_REDIRECTS + 1):
                async with self._get(current) as answer:
                    if answer.status_code not in _REDIRECTS:
                        return await self._read_rules(where, answer)
                    current = current.redirected_by(answer)
        except _FAILURES as error:
            outcome, problem = _diagnose(error, current.address.href, self.options.timeout)
            # A page whose own host cannot be reached says so; anything else is about robots.txt alone.
            same = current.address.origin == place.address.origin
            if outcome == "refused_address" or (same and outcome in ("dns_error", "connect_error", "tls_error")):
                return robots.RobotsRules(outcome=outcome, problem=problem)
            return robots.unreachable(where, problem)
        found = f"more than {robots.MAX_REDIRECTS} redirects"
        return robots.unreachable(where, explain(found, "its rules", "again later"))

    async def _read_rules(self, where: str, answer: httpx.Response) -> robots.RobotsRules:
        match robots.meaning_of_status(answer.status_code):
            case "all_allowed":
                return robots.RobotsRules()
            case "unreachable":
                return robots.unreachable_by_status(where, answer.status_code)
        body = await _body(answer, where, robots.MAX_BYTES + 1, cut=True)
        return robots.read_rules(body, self.options.user_agent)

    @contextlib.asynccontextmanager
    async def _get(self, place: _Place) -> AsyncIterator[httpx.Response]:
        """Ask for one address, without redirects or cookies; the body is still to be read."""
        address = place.address
        check_literal(address.host, admit_private=place.admit_private)
        request = httpx.Request(
            "GET",
            address.href,
            headers={
                "User-Agent": self.options.header,
                "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1",
                "Accept-Encoding": "gzip, deflate",
            },
            # The target as the WHATWG spells it (httpx would quote anew), and no trailing dot in the TLS name.
            extensions={"target": address.target.encode("ascii"), "sni_hostname": address.host.rstrip(".")},
        )
        answer = await self._transports[place.admit_private].handle_async_request(request)
        try:
            yield answer
        finally:
            await answer.aclose()


# ── answers ──────────────────────────────────────────────────────────────────────────────────────────


async def _read_page(walk: _Walk, answer: httpx.Response, max_bytes: int) -> bytes:
    """The body of a page; ``NoPageError`` for an error status and for what is no HTML."""
    where, status = shown(walk.page.final_url), answer.status_code
    if not 200 <= status < 300:
        with contextlib.suppress(BrokenBodyError, TooLargeError):
            walk.note(body=await _body(answer, where, ERROR_BODY_BYTES, cut=True))
        found = f"status {status} {shown(answer.reason_phrase)}".rstrip() + f" at {where}"
        raise NoPageError(explain(found, "status 200", "the address in a browser, or again later"))
    declared = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    unknown = declared in _UNKNOWN_TYPES or "/" not in declared
    found = f"content type {shown(declared)!r}" if declared else "no content type"
    if declared not in (*_HTML_TYPES, "text/plain") and not unknown:
        raise _not_html(where, found)
    body = await _body(answer, where, max_bytes)
    if declared not in _HTML_TYPES and not looks_like_html(body):
        raise _not_html(where, f"{found} and {'content that is no HTML' if body else 'no content'}")
    return body


async def _body(answer: httpx.Response, where: str, limit: int, *, cut: bool = False) -> bytes:
    assert isinstance(answer.stream, httpx.AsyncByteStream)
    coding, length = (answer.headers.get(name, "") for name in ("content-encoding", "content-length"))
    return await read_body(answer.stream, where, limit, coding=coding, length=length, cut=cut)


def _not_html(where: str, found: str) -> NoPageError:
    problem = explain(f"{found} at {where}", "an HTML page", "the page that links to this file")
    return NoPageError(problem, "not_html")


# ── failures ─────────────────────────────────────────────────────────────────────────────────────────


_MESSAGES: dict[Outcome, tuple[str, str, str]] = {
    "tls_error": ("no secure connection to", "a valid certificate and current TLS", "the address in a browser"),
    "dns_error": ("no address for the host of", "a name that DNS knows", "the spelling, or again later"),
    "timeout": ("no complete answer in time from", "one within {seconds:g} seconds", "later, or a longer time-out"),
    "connect_error": ("no connection to", "a server that accepts connections", "the port, or again later"),
    "http_error": ("an answer broken off or not HTTP from", "a complete HTTP answer", "a browser, or again later"),
    "invalid_input": ("an address that cannot be sent:", "an address that browsers show", "the page's short address"),
}


def _diagnose(error: Exception, where: str, seconds: float) -> tuple[Outcome, str]:
    """The outcome and the message for any of ``_FAILURES``."""
    if isinstance(error, NoPageError):
        return error.outcome, str(error)
    causes = list(_causes(error))
    outcome = _outcome(error, causes)
    # What the system said is the most telling, "Connect call failed" rather than "All connection attempts failed".
    detail = next((str(cause) for cause in reversed(causes) if isinstance(cause, OSError)), str(error))
    found, expected, advice = _MESSAGES[outcome]
    return outcome, explain(
        f"{found} {shown(where)} ({shown(detail) or type(error).__name__})", expected.format(seconds=seconds), advice
    )


def _outcome(error: Exception, causes: list[BaseException]) -> Outcome:
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return "tls_error"
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return "dns_error"
    if isinstance(error, (TimeoutError, httpx.TimeoutException, httpcore.TimeoutException)):
        return "timeout"
    if isinstance(error, (httpx.ConnectError, httpcore.ConnectError)):
        return "connect_error"
    return "invalid_input" if isinstance(error, httpx.InvalidURL) else "http_error"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, nearest first."""
    following: BaseException | None = error
    while following is not None:
        yield following
        following = following.__cause__ or following.__context__


# ── network ──────────────────────────────────────────────────────────────────────────────────────────


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@functools.cache
def _ssl_context() -> ssl.SSLContext:
    """One for the whole process: building it reads all root certificates, 16 ms each time."""
    return httpx.create_ssl_context(trust_env=False)


class _NetworkTransport(httpx.AsyncBaseTransport):
    """httpx on an httpcore pool with our guarded network, which httpx's own transport has no option for."""

    def __init__(self, private_hosts: frozenset[str]) -> None:
        self._private_hosts = private_hosts

    @functools.cached_property
    def _pool(self) -> httpcore.AsyncConnectionPool:
        backend = GuardedBackend(private_hosts=self._private_hosts)
        return httpcore.AsyncConnectionPool(
            ssl_context=_ssl_context(), max_connections=100, keepalive_expiry=5.0, network_backend=backend
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                headers=request.headers.raw,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Stream(answer), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        if "_pool" in self.__dict__:
            await self._pool.aclose()


class _Stream(httpx.AsyncByteStream):
    """The bytes of an httpcore answer as they arrive."""

    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._answer.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        await self._answer.aclose()
