"""Turn text into a checked web address: text (and the page it stood on) → ``WebAddress`` or ``BadAddressError``.

Parsing is the WHATWG's, by ada-url, so that an address means here what it means in a browser: ``http://2130706433/``
is 127.0.0.1, a Korean host is Punycode, tabs and line breaks inside are dropped.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable

import ada_url

from claimaudit.types import Frozen, Outcome

MAX_CHARS = 8192
"""Longest address that is tried; servers commonly stop at 8 KiB."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)

# The "bad ports" of the Fetch standard: other protocols live there, and a GET can be made to speak to them.
_BAD_PORTS = frozenset(
    (
        *(0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104),
        *(109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515),
        *(526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049),
        *(3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080),
    )
)


class NoPageError(Exception):
    """The way to a page ends here, with ``outcome``; the message says what was found, expected, and what to try."""

    outcome: Outcome = "http_error"

    def __init__(self, problem: str, outcome: Outcome | None = None) -> None:
        super().__init__(problem)
        self.outcome = outcome or self.outcome


class BadAddressError(NoPageError):
    """Text that is no address of a web page."""

    outcome = "invalid_input"


class WebAddress(Frozen, frozen=True):
    """An http or https address in normal form, without fragment and credentials."""

    href: str
    scheme: str  # "http" or "https"
    host: str  # lower case, Punycode; an IPv6 address without brackets
    port: int  # the scheme's own port where none is written
    origin: str  # "https://host" or "https://host:8443"
    target: str  # path and query, as sent: "/stem-cell?lang=en"


def explain(found: str, expected: str, advice: str) -> str:
    """Join the three parts of a message: "found …; expected …; try …"."""
    return f"found {found}; expected {expected}; try {advice}"


def shown(text: str, limit: int = 200) -> str:
    """Foreign text made safe for a message: control characters escaped, cut to ``limit`` characters."""
    safe = "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text[: limit + 1])
    return safe if len(safe) <= limit else safe[: limit - 1] + "…"


def normal_host(host: str) -> str:
    """A host as ``WebAddress.host`` spells it; "" if it is none. Takes "Clinic.KR", "한글.kr", "::1" or "[::1]"."""
    bracketed = f"[{host}]" if ":" in host and not host.startswith("[") else host
    try:
        return ada_url.URL(f"http://{bracketed}/").hostname.strip("[]")
    except ValueError:
        return ""


def parse_address(text: str, base: WebAddress | None = None) -> WebAddress:
    """Read an address as given, or as a reference on the page ``base``.

    Raises ``BadAddressError`` for text without scheme or host, a scheme other than http and https, credentials, a port
    that browsers refuse, and more than ``MAX_CHARS`` characters.
    """
    if len(text) > MAX_CHARS:
        found = f"an address of {len(text)} characters"
        raise BadAddressError(explain(found, f"at most {MAX_CHARS}", "the page's short address"))
    try:
        url = ada_url.URL(text, base.href if base else None)
    except ValueError:
        raise BadAddressError(_why_unreadable(text.strip())) from None
    scheme = url.protocol.rstrip(":")
    if scheme not in _DEFAULT_PORTS:
        raise BadAddressError(_wrong_scheme(text.strip(), scheme))
    if url.username or url.password:
        # The credentials themselves are not repeated: messages end up in shared results.
        found = f"a user name or password in the address of {url.hostname}"
        raise BadAddressError(explain(found, "an address that everyone can open", "it without the part before @"))
    port = int(url.port) if url.port else _DEFAULT_PORTS[scheme]
    if port in _BAD_PORTS:
        found = f"port {port} in {shown(text)!r}"
        raise BadAddressError(explain(found, "a port that web pages are served on", "the address without the port"))
    return WebAddress(
        href=url.href.partition("#")[0],
        scheme=scheme,
        host=url.hostname.strip("[]"),
        port=port,
        origin=f"{scheme}://{url.host}",
        target=url.pathname + url.search,
    )


def _did_you_mean(rest: str) -> str:
    """The advice for text that lacks its scheme: the address it probably is, or what an address looks like."""
    guess = f"https://{rest.lstrip('/')}"
    plausible = len(guess) > len("https://") and ada_url.URL.can_parse(guess)
    return (
        f"the full address: did you mean {shown(guess)} ?"
        if plausible
        else "an address such as https://clinic.example/"
    )


def _why_unreadable(text: str) -> str:
    """The message for text that is no absolute URL at all."""
    if not text:
        return explain("an empty address", "an address with https:// or http://", "https:// and the host's name")
    scheme = _SCHEME.match(text)
    if scheme is None:
        found = f"{shown(text)!r} without a scheme"
        return explain(found, "an address with https:// or http://", _did_you_mean(text))
    found = f"{shown(text)!r} with no host or port that can be read"
    return explain(found, "a host's name and at most a port from 1 to 65535", "the address copied from a browser")


def _wrong_scheme(text: str, scheme: str) -> str:
    """The message for another scheme; "clinic.example:8080/x" is one by the standard, though nobody means it so."""
    match = _SCHEME.match(text)
    rest = match[2] if match else ""
    if "." in scheme or scheme == "localhost" or rest[:1].isdigit():
        found = f"{shown(text)!r} without a scheme"
        return explain(found, "an address with https:// or http://", _did_you_mean(text))
    advice = "the path of the file without file://" if scheme == "file" else "the page's https:// address"
    return explain(f"the scheme {shown(scheme)!r} in {shown(text)!r}", "https or http", advice)


def hosts_of(texts: Iterable[str]) -> frozenset[str]:
    """The hosts of the addresses among the inputs; what is no address has none."""
    hosts = set()
    for text in texts:
        with contextlib.suppress(NoPageError):
            hosts.add(parse_address(text).host)
    return frozenset(hosts)
