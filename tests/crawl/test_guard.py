"""The guard: addresses in, a judgement or a connection out; compressed bytes in, bounded pieces out."""

import asyncio
import gzip
import zlib

import httpcore
import pytest

from claimaudit.crawl import guard
from claimaudit.crawl.guard import FetchOptions, GuardedBackend, Inflater, address_kind
from claimaudit.errors import UsageError


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "211.43.0.1", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_public_addresses_pass(address):
    """Public addresses pass, also behind NAT64, by which IPv6-only networks reach IPv4 hosts."""
    assert address_kind(address) == "public"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "10.1.2.3",
        "172.31.0.1",
        "192.168.1.1",
        "::1",
        "fd12::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
    ],
)
def test_private_addresses_can_be_admitted(address):
    """Private and loopback addresses are the only ones that an option can admit."""
    assert address_kind(address) == "private"


@pytest.mark.parametrize(
    "address",
    [
        *(
            "169.254.169.254",
            "169.254.1.1",
            "fe80::1",
            "fe80::1%eth0",
            "::ffff:169.254.169.254",
        ),  # link-local, metadata
        *("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16"),  # metadata elsewhere
        *("0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "ff02::1", "240.0.0.1", "255.255.255.255"),
        *("100.64.0.1", "192.0.2.1", "198.18.0.1", "192.0.0.192", "2001:db8::1", "fec0::1", "5f00::1", "3fff::1"),
        *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::808:808"),  # NAT64 of loopback and metadata, local NAT64
        *("2002:7f00:1::1", "2002:808:808::1", "2001:0:808:808::1", "::127.0.0.1", "2a00::5efe:7f00:1"),
    ],
)
def test_other_addresses_never_pass(address):
    """Metadata, link-local, multicast, reserved, shared and tunnelled addresses cannot be admitted by any option."""
    assert address_kind(address) == "never"


class Network(httpcore.AsyncNetworkBackend):
    """A network that only notes where it was asked to connect to; ``dead`` addresses refuse."""

    def __init__(self, dead=()):
        self.asked = []
        self.dead = dead

    async def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):  # noqa: D102
        self.asked.append(host)
        if host in self.dead:
            raise httpcore.ConnectError("refused")
        return httpcore.AsyncNetworkStream()


def connect(answers, *, private_hosts=frozenset(), dead=()):
    """Connect to clinic.example where DNS gives ``answers``; returns the addresses that were connected to."""
    network = Network(dead)
    lookups = iter([answers])

    async def resolver(host, port):
        return next(lookups)  # a second look-up would raise StopIteration

    backend = GuardedBackend(private_hosts=private_hosts, resolver=resolver, backend=network)
    asyncio.run(backend.connect_tcp("clinic.example", 443))
    return network.asked


def test_connection_goes_to_the_checked_address():
    """The name is resolved once and the literal is connected to, so a second DNS answer has no chance."""
    assert connect(("8.8.8.8",)) == ["8.8.8.8"]


def test_next_address_is_tried():
    """A dead address does not lose the host."""
    assert connect(("2001:4860:4860::8888", "8.8.8.8"), dead=("2001:4860:4860::8888",)) == [
        "2001:4860:4860::8888",
        "8.8.8.8",
    ]


def test_one_bad_address_refuses_the_host():
    """An answer that mixes public and private addresses is refused whole, without a connection."""
    with pytest.raises(guard.RefusedAddressError, match=r"10\.0\.0\.1.*clinic\.example"):
        connect(("8.8.8.8", "10.0.0.1"))


def test_private_host_is_admitted_by_name_only():
    """Only a host on the list may be private, and even it never leads to metadata."""
    assert connect(("10.0.0.1",), private_hosts=frozenset({"clinic.example"})) == ["10.0.0.1"]
    with pytest.raises(guard.RefusedAddressError):
        connect(("10.0.0.1",), private_hosts=frozenset({"other.example"}))
    with pytest.raises(guard.RefusedAddressError):
        connect(("169.254.169.254",), private_hosts=frozenset({"clinic.example"}))


def test_tls_keeps_the_name_when_the_address_is_connected_to():
    """The certificate is asked for, and checked against, the host's name rather than the address."""
    names = []

    class Stream(httpcore.AsyncNetworkStream):
        async def start_tls(self, ssl_context, server_hostname=None, timeout=None):
            names.append(server_hostname)
            raise httpcore.ConnectError("far enough")

    class Tls(Network):
        async def connect_tcp(self, *args, **kwargs):
            await super().connect_tcp(*args, **kwargs)
            return Stream()

    async def resolver(host, port):
        return ("8.8.8.8",)

    async def request():
        network = Tls()
        backend = GuardedBackend(resolver=resolver, backend=network)
        async with httpcore.AsyncConnectionPool(network_backend=backend) as pool:
            with pytest.raises(httpcore.ConnectError, match="far enough"):
                await pool.request("GET", "https://clinic.example/")
        return network.asked

    assert asyncio.run(request()) == ["8.8.8.8"]
    assert names == ["clinic.example"]


def test_unix_sockets_are_refused():
    """No option of a library leads to a local socket."""
    with pytest.raises(guard.RefusedAddressError, match="local socket"):
        asyncio.run(GuardedBackend().connect_unix_socket("/var/run/docker.sock"))


def test_real_look_up_of_localhost():
    """The system's resolver is asked in a thread and answers with literals."""
    assert set(asyncio.run(guard.resolve("localhost", 80))) <= {"127.0.0.1", "::1"}


@pytest.mark.parametrize("host", ["a..b", "x" * 300, "clinic.invalid"])
def test_unknown_names_are_told(host, monkeypatch):
    """A name without address is an error with a message, whatever the resolver raises."""

    def refuse(*_, **__):
        raise OSError(-2, "Name or service not known")

    monkeypatch.setattr(guard.socket, "getaddrinfo", refuse)
    with pytest.raises(guard.NameNotResolvedError, match="Name or service not known"):
        asyncio.run(guard.resolve(host, 80))


def inflate(coding, data, step=1000):
    """Everything that comes out of ``data`` fed in steps."""
    inflater = Inflater(coding)
    parts = [piece for i in range(0, len(data), step) for piece in inflater.feed(data[i : i + step])]
    inflater.finish()
    assert all(len(part) <= 64 * 1024 for part in parts) or not coding
    return b"".join(parts)


PAGE = "줄기세포 ".encode() * 30_000


@pytest.mark.parametrize("step", [1, 1000, 10**6])
@pytest.mark.parametrize(
    ("coding", "data"),
    [
        ("", PAGE[:5000]),
        ("identity", PAGE[:5000]),
        ("gzip", gzip.compress(PAGE)),
        ("X-GZIP", gzip.compress(PAGE)),
        ("gzip", gzip.compress(PAGE[:9]) + gzip.compress(PAGE[9:])),
        ("gzip", gzip.compress(PAGE) + b"\0" * 64),
        ("deflate", zlib.compress(PAGE)),
        ("deflate", zlib.compress(PAGE, wbits=-15)),
    ],
)
def test_codings_are_undone_whatever_the_pieces(coding, data, step):
    """A gzip with several members or padding and both kinds of deflate give the same bytes for any packet size."""
    expected = data if coding in ("", "identity") else PAGE
    assert inflate(coding, data, step) == expected


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip", "gzip, br"])
def test_codings_not_asked_for_are_broken(coding):
    """Other and stacked codings are refused by name."""
    with pytest.raises(guard.BrokenBodyError, match=coding):
        Inflater(coding)


@pytest.mark.parametrize("data", [b"<html>not gzip</html>", gzip.compress(PAGE)[:-20], b"\x1f"])
def test_broken_gzip_is_told(data):
    """Bytes that are no gzip, and gzip that ends too early, are broken."""
    with pytest.raises(guard.BrokenBodyError):
        inflate("gzip", data)


def test_bomb_unfolds_only_piece_by_piece():
    """The caller can stop after 64 KiB, whatever the input would grow to."""
    pieces = Inflater("gzip").feed(gzip.compress(bytes(50_000_000)))
    assert len(next(pieces)) == 64 * 1024


@pytest.mark.parametrize(
    ("body", "is_html"),
    [
        (b"<!DOCTYPE html><p>x", True),
        (b"\xef\xbb\xbf\n <html>", True),
        ("﻿<html>".encode("utf-16-le"), True),
        (b"<!-- cms --><?xml version='1.0'?><HTML>", True),
        (b"%PDF-1.7", False),
        (b"User-agent: *", False),
        (b"<!-- never closed", False),
        (b"", False),
    ],
)
def test_html_is_known_by_its_beginning(body, is_html):
    """Undeclared bytes count as HTML when they begin with a tag, in UTF-16 too."""
    assert guard.looks_like_html(body) is is_html


@pytest.mark.parametrize(
    "wrong",
    [
        {"timeout": 0},
        {"timeout": float("nan")},
        {"max_bytes": 0},
        {"max_redirects": -1},
        {"contact": "a\r\nX-Evil: 1"},
        {"contact": "연락처"},
        {"contact": "a) b"},
        {"user_agent": "bot\n"},
    ],
)
def test_options_that_cannot_work_are_refused(wrong):
    """Impossible limits and text that would break a header are told to the caller at once."""
    with pytest.raises(UsageError, match=r"found .*; expected .*; try "):
        FetchOptions(**wrong)
