"""Decide what robots.txt lets us fetch: status and bytes of robots.txt → ``RobotsRules`` → yes or no for an address.

RFC 9309, read by Protego. Three deviations of real files or of Protego are evened out before parsing: a byte order
mark, user-agent lines with a version or a comment, and names that are only the beginning of ours ("claim" is another
robot). "Could not read it" is never taken as yes.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from importlib import metadata
from typing import Literal

from protego import Protego

from claimaudit.crawl.urls import WebAddress, explain, shown
from claimaudit.types import Outcome

MAX_BYTES = 500 * 1024
"""As much of a robots.txt as is read; RFC 9309 asks for at least this."""

MAX_REDIRECTS = 5
TOKEN = "claimaudit"
"""The name to write in robots.txt to address this program, whatever user agent it was told to send."""

_PRODUCT = re.compile(r"[A-Za-z_-]+")
# The spellings of the directive that Protego accepts too; a name may be followed by a version or a comment.
_USER_AGENT_LINE = re.compile(r"(?im)^([ \t]*user[- ]?agent[ \t]*[: \t][ \t]*)([^\n#]*)")
_NOT_US = "another-robot"


@dataclass(frozen=True)
class RobotsRules:
    """What is known of one origin's robots.txt: ``parser`` (None: everything is allowed), or why nothing is known.

    With an ``outcome`` nothing may be fetched from the origin, and ``problem`` says why.
    """

    parser: Protego | None = None
    outcome: Outcome = "ok"
    problem: str = ""

    @property
    def crawl_delay(self) -> float | None:
        """Seconds to wait between two requests, if the file asks for it."""
        return self.parser.crawl_delay(TOKEN) if self.parser else None

    def allows(self, address: WebAddress) -> bool:
        """Whether the page may be fetched."""
        if self.outcome != "ok":
            return False
        return self.parser is None or self.parser.can_fetch(address.href, TOKEN)


@functools.cache
def version() -> str:
    """The installed version of claimaudit, or "0+unknown" where it runs from source."""
    try:
        return metadata.version("claimaudit")
    except metadata.PackageNotFoundError:
        return "0+unknown"


def user_agent_header(user_agent: str, contact: str) -> str:
    """The User-Agent to send: ours, or the given one with the contact added if it is not in there."""
    if not user_agent:
        return f"{TOKEN}/{version()} (wording audit; contact: {contact or 'not given'})"
    return f"{user_agent} (contact: {contact})" if contact and contact not in user_agent else user_agent


def robots_address(address: WebAddress) -> str:
    """Where the rules for a page are: /robots.txt at its origin."""
    return f"{address.origin}/robots.txt"


def meaning_of_status(status: int) -> Literal["read", "all_allowed", "unreachable"]:
    """What a final status of robots.txt means; 429 is "ask later", so it counts with the server errors."""
    if 200 <= status < 300:
        return "read"
    return "all_allowed" if 400 <= status < 500 and status != 429 else "unreachable"


def unreachable(where: str, cause: str) -> RobotsRules:
    """Rules that forbid everything because robots.txt could not be had; ``cause`` is a whole message."""
    problem = f"{shown(where)} could not be read, so nothing is fetched from there: {cause}"
    return RobotsRules(outcome="robots_unreachable", problem=problem)


def unreachable_by_status(where: str, status: int) -> RobotsRules:
    """The same for a status that leaves the rules unknown."""
    return unreachable(where, explain(f"status {status}", "its rules, or a 4xx status for none", "again later"))


def disallowed(address: WebAddress) -> str:
    """The message for a page that robots.txt forbids."""
    found = f"a rule against {shown(address.target)} in {robots_address(address)}"
    return explain(found, "a page that robots may fetch", "saving the page in a browser and giving the file")


def read_rules(body: bytes, user_agent: str = "") -> RobotsRules:
    """Parse a robots.txt; what follows the first ``MAX_BYTES`` is ignored, with the line that the cut goes through.

    Rules for ``claimaudit`` and for the product name that ``user_agent`` starts with both count as ours.
    """
    if len(body) > MAX_BYTES:
        body = body[:MAX_BYTES].rpartition(b"\n")[0]
    ours = {TOKEN, product_token(user_agent)}
    text = "\n".join(body.decode("utf-8-sig", errors="replace").splitlines())
    return RobotsRules(parser=Protego.parse(_USER_AGENT_LINE.sub(lambda line: _plain_agent(line, ours), text)))


def product_token(user_agent: str) -> str:
    """The robot's name in a User-Agent header or line, lower case: "ClaimAudit/0.9 (…)" → "claimaudit"."""
    match = _PRODUCT.match(user_agent.strip())
    return match[0].lower() if match else TOKEN


def _plain_agent(line: re.Match[str], ours: set[str]) -> str:
    """Rewrite a user-agent line to one of three names, as Protego would also take "claim" for "claimaudit"."""
    name = line[2].strip()
    if name == "*" or name[:2] in ("* ", "*\t"):
        return f"{line[1]}*"
    match = _PRODUCT.match(name)
    return f"{line[1]}{TOKEN if match and match[0].lower() in ours else _NOT_US}"
