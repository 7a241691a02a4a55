"""Fetching a page: mostly a plain function from request to response, and a few servers on 127.0.0.1."""

import asyncio
import contextlib
import gzip
import re
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from claimaudit.crawl.fetch import FetchOptions, Session, afetch, fetch

URL = "https://clinic.example/stem-cell"
HTML = {"content-type": "text/html; charset=utf-8"}
PAGE = b"<!doctype html><title>x</title>"


def page(body=PAGE, status=200, **headers):
    """An HTML answer."""
    return httpx.Response(status, headers=HTML | headers, content=body)


def redirect(location, status=302):
    """A redirect."""
    return httpx.Response(status, headers={"location": location})


def ask(answer, url=URL, robots=None, **options):
    """Fetch ``url`` where ``answer`` makes a response of every request and ``robots`` of those for robots.txt."""

    def handle(request):
        if request.url.path == "/robots.txt" and robots is not True:
            return robots(request) if robots else httpx.Response(404)
        return answer(request)

    return fetch(url, FetchOptions(**options), transport=httpx.MockTransport(handle))


def rules(text, status=200):
    """A robots.txt."""
    return lambda request: httpx.Response(status, text=text)


def raising(error):
    """A network that fails."""

    def handle(request):
        raise error

    return handle


async def stream(*chunks):
    """A body that arrives in pieces."""
    for chunk in chunks:
        yield chunk


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────


def test_page_comes_back_with_how_it_was_had():
    """A fetched page has its bytes, headers in lower case and in order, times in UTC and the user agent."""
    got = ask(lambda request: page(**{"X-Powered-By": "PHP"}), contact="lab@uni.example")
    assert (got.outcome, got.problem, got.status, got.body) == ("ok", "", 200, PAGE)
    assert (got.source, got.url, got.final_url, got.redirects) == (URL, URL, URL, ())
    assert got.headers[:2] == (("content-type", "text/html; charset=utf-8"), ("x-powered-by", "PHP"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", got.started)
    assert got.ended >= got.started
    assert got.robots == "allowed"
    assert "contact: lab@uni.example" in got.user_agent


def test_request_says_who_asks_and_sends_nothing_else():
    """Every request, robots.txt too, carries the user agent; cookies and credentials are never sent."""
    seen = []

    def answer(request):
        seen.append(request)
        cookie = {"set-cookie": "id=1"}
        return httpx.Response(302, headers=cookie | {"location": "/b"}) if request.url.path == "/a" else page(**cookie)

    ask(answer, url="https://clinic.example/a", robots=True)
    assert [request.url.path for request in seen] == ["/robots.txt", "/a", "/b"]
    for request in seen:
        assert request.headers["user-agent"].startswith("claimaudit/")
        assert request.headers["host"] == "clinic.example"
        assert not {"cookie", "authorization", "referer"} & set(request.headers)


def test_legacy_bytes_are_unchanged():
    """An EUC-KR page is kept byte for byte; decoding is the next step's work."""
    body = "<html><title>줄기세포 치료</title>".encode("euc-kr")
    assert ask(lambda request: page(body, **{"content-type": "text/html; charset=euc-kr"})).body == body


def test_compressed_page_is_unpacked():
    """A gzip body arrives unpacked."""
    assert ask(lambda request: page(gzip.compress(PAGE), **{"content-encoding": "gzip"})).body == PAGE


@pytest.mark.parametrize(
    ("content_type", "body", "outcome"),
    [
        ("text/html", b"", "ok"),
        ("TEXT/HTML;charset=x", b"plain words", "ok"),
        ("application/xhtml+xml", b"<html/>", "ok"),
        ("text/plain", b" <html><p>x", "ok"),
        ("text/plain", b"just words", "not_html"),
        ("", b"<html><p>x", "ok"),
        ("", b"\x89PNG", "not_html"),
        ("html", b"<html><p>x", "ok"),
        ("application/pdf", b"%PDF", "not_html"),
        ("image/png", b"<html>", "not_html"),
    ],
)
def test_only_html_counts_as_a_page(content_type, body, outcome):
    """HTML is known by its type, or by its first bytes where the type says nothing or plain text."""
    headers = {"content-type": content_type} if content_type else {}
    got = ask(lambda request: httpx.Response(200, headers=headers, content=stream(body)))
    assert got.outcome == outcome
    if outcome == "not_html":
        assert (content_type or "no content type") in got.problem
        assert got.body == b""


@pytest.mark.parametrize("status", [400, 403, 404, 410, 429, 500, 503, 304, 300])
def test_error_status_is_an_outcome(status):
    """An error is recorded with its status and its own page, cut to a small size."""
    got = ask(lambda request: page(b"x" * 200_000, status))
    assert (got.outcome, got.status) == ("http_error", status)
    assert f"status {status}" in got.problem
    assert len(got.body) == 64 * 1024


def test_odd_header_bytes_are_kept_readable():
    """Header bytes that are no ASCII do not stop a fetch."""
    raw = [(b"Content-Type", b"text/html"), (b"X-Name", "강남".encode("euc-kr")), (b"X-Name", b"\xff")]
    got = ask(lambda request: httpx.Response(200, headers=raw, content=PAGE))
    assert got.outcome == "ok"
    assert [name for name, _ in got.headers[:3]] == ["content-type", "x-name", "x-name"]


# ── limits ───────────────────────────────────────────────────────────────────────────────────────────


def test_too_large_page_stops_with_both_figures():
    """A longer body than allowed is not read on; the message has the size found and the size allowed."""
    got = ask(lambda request: httpx.Response(200, headers=HTML, content=stream(PAGE, b"x" * 5000)), max_bytes=1000)
    assert (got.outcome, got.body) == ("too_large", b"")
    assert "5031" in got.problem
    assert "at most 1000" in got.problem


def test_announced_size_is_believed():
    """A Content-Length above the limit ends the fetch before the body."""
    got = ask(lambda request: page(b"x" * 1001), max_bytes=1000)
    assert (got.outcome, "1001 bytes announced" in got.problem) == ("too_large", True)


def test_page_of_exactly_the_limit_is_read():
    """The limit itself is allowed."""
    assert ask(lambda request: page(b"x" * 1000), max_bytes=1000).outcome == "ok"


def test_endless_empty_gzip_members_are_bounded():
    """Compressed bytes that unfold to nothing count against the limit as well."""
    empty = gzip.compress(b"") * 200
    got = ask(
        lambda request: httpx.Response(200, headers=HTML | {"content-encoding": "gzip"}, content=stream(empty, empty)),
        max_bytes=1000,
    )
    assert got.outcome == "too_large"


@pytest.mark.parametrize(
    ("coding", "body"), [("gzip", b"<html>"), ("gzip", gzip.compress(PAGE)[:-9]), ("br", b"x"), ("gzip, gzip", b"x")]
)
def test_broken_compression_is_an_outcome(coding, body):
    """A body that cannot be unpacked is a recorded failure."""
    headers = HTML | {"content-encoding": coding}
    got = ask(lambda request: httpx.Response(200, headers=headers, content=stream(body)))
    assert (got.outcome, got.status, got.body) == ("http_error", 200, b"")
    assert got.problem.startswith("found ")


# ── redirects ────────────────────────────────────────────────────────────────────────────────────────


def route(**targets):
    """Answers by path: a string is a redirect to it, None is the page."""

    def answer(request):
        target = targets[request.url.path.strip("/") or "home"]
        return page() if target is None else redirect(target)

    return answer


def test_redirects_are_followed_and_listed():
    """The chain has every address that we were sent to, and the last is the final address."""
    got = ask(route(a="/b", b="//other.example/c#x", c=None), url="https://clinic.example/a")
    assert got.outcome == "ok"
    assert got.redirects == ("https://clinic.example/b", "https://other.example/c")
    assert (got.url, got.final_url) == ("https://clinic.example/a", "https://other.example/c")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_kind_of_redirect_counts(status):
    """All five redirect statuses are followed."""
    got = ask(lambda request: page() if request.url.path == "/b" else redirect("/b", status))
    assert got.final_url == "https://clinic.example/b"


def test_redirect_loop_is_told_with_its_chain():
    """A loop ends at once and the message shows the way around."""
    got = ask(route(a="/b", b="/a"), url="https://clinic.example/a")
    assert got.outcome == "too_many_redirects"
    assert "https://clinic.example/a → https://clinic.example/b → https://clinic.example/a" in got.problem


def test_too_many_redirects_are_told_with_the_limit():
    """Ever new addresses end at the limit."""
    got = ask(lambda request: redirect(request.url.path + "x"), max_redirects=3)
    assert (got.outcome, len(got.redirects)) == ("too_many_redirects", 3)
    assert "at most 3 redirects" in got.problem


def test_no_redirects_can_be_asked_for():
    """A limit of 0 refuses the first redirect and lets a page pass."""
    assert ask(route(a="/b"), url="https://clinic.example/a", max_redirects=0).outcome == "too_many_redirects"
    assert ask(lambda request: page(), max_redirects=0).outcome == "ok"


@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("", "no Location"),
        ("ftp://clinic.example/", "scheme 'ftp'"),
        ("javascript:alert(1)", "scheme 'javascript'"),
        ("https://u:p@clinic.example/", "password"),
        ("http://clinic.example:25/", "port 25"),
        ("https://", "no host"),
    ],
)
def test_redirect_to_nowhere_is_an_outcome(location, told):
    """A redirect without target, to another scheme, with credentials or to a mail port is a recorded failure."""
    got = ask(lambda request: redirect(location))
    assert (got.outcome, got.status) == ("http_error", 302)
    assert told in got.problem


def test_redirect_with_raw_korean_bytes_is_followed():
    """An unescaped EUC-KR Location is escaped byte by byte, as browsers do."""
    raw = [(b"Location", "/강남".encode("euc-kr"))]
    got = ask(lambda request: httpx.Response(302, headers=raw) if request.url.path == "/stem-cell" else page())
    assert got.final_url == "https://clinic.example/%B0%AD%B3%B2"


# ── robots.txt ───────────────────────────────────────────────────────────────────────────────────────


def counting(log):
    """A site that notes the paths it was asked for."""

    def answer(request):
        log.append(str(request.url))
        return page()

    return answer


def test_disallowed_page_is_not_asked_for():
    """A rule against the page ends the fetch before the page is requested."""
    log = []
    got = ask(counting(log), robots=rules("User-agent: *\nDisallow: /stem"))
    assert (got.outcome, got.robots, log) == ("robots_disallowed", "disallowed", [])
    assert "https://clinic.example/robots.txt" in got.problem


@pytest.mark.parametrize("status", [429, 500, 503, 304])
def test_unreadable_robots_means_no(status):
    """A robots.txt that the server cannot give now is never taken as permission."""
    log = []
    got = ask(counting(log), robots=rules("", status))
    assert (got.outcome, got.robots, log) == ("robots_unreachable", "unreachable", [])
    assert f"status {status}" in got.problem


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_missing_robots_means_yes(status):
    """A robots.txt that does not exist forbids nothing."""
    assert ask(lambda request: page(), robots=rules("User-agent: *\nDisallow: /", status)).robots == "allowed"


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("no answer"),
        httpx.ReadError("reset"),
        httpx.ConnectTimeout("x"),
    ],
)
def test_no_answer_for_robots_means_no(error):
    """A robots.txt that never arrives is unreachable."""
    got = ask(lambda request: page(), robots=raising(error))
    assert (got.outcome, got.robots) == ("robots_unreachable", "unreachable")


def test_crawl_delay_is_reported():
    """The delay that the site asks for is in the result, in seconds."""
    assert ask(lambda request: page(), robots=rules("User-agent: *\nCrawl-delay: 3")).crawl_delay == 3.0


def test_robots_is_asked_at_every_host_of_a_chain():
    """A redirect to another host, or to a forbidden path, obeys the rules there."""

    def robots(request):
        other = request.url.host == "other.example"
        return httpx.Response(200, text="User-agent: *\nDisallow: /closed" if other else "")

    def answer(request):
        return redirect("https://other.example" + request.url.path)

    got = ask(answer, url="https://clinic.example/closed", robots=robots)
    assert (got.outcome, got.final_url) == ("robots_disallowed", "https://other.example/closed")
    assert got.redirects == ("https://other.example/closed",)


def test_robots_redirects_are_followed_up_to_five():
    """Rules behind up to five redirects count for the first host; more leave them unknown."""

    def robots_behind(hops):
        def answer(request):
            done = int(request.url.params.get("n", "0"))
            if request.url.path == "/stem-cell":
                return page()
            if done < hops:
                return redirect(f"https://cdn.example/robots.txt?n={done + 1}")
            return httpx.Response(200, text="User-agent: *\nDisallow: /stem")

        return ask(answer, robots=True)

    assert robots_behind(5).outcome == "robots_disallowed"
    assert robots_behind(6).outcome == "robots_unreachable"


@pytest.mark.parametrize("location", ["http://169.254.169.254/robots.txt", "http://10.0.0.1/", "http://[::1]/"])
def test_robots_redirect_into_the_network_is_refused(location):
    """robots.txt obeys the address guard like any page."""
    got = ask(lambda request: page(), robots=lambda request: redirect(location))
    assert (got.outcome, got.body) == ("refused_address", b"")


def test_rules_are_asked_for_once_in_a_session():
    """Pages of one site share its robots.txt, also when fetched at the same time."""
    log = []

    async def both():
        async with Session(transport=httpx.MockTransport(counting(log))) as session:
            return await asyncio.gather(session.fetch(URL), session.fetch(URL + "/2"))

    assert [got.outcome for got in asyncio.run(both())] == ["ok", "ok"]
    assert sorted(log) == ["https://clinic.example/robots.txt", URL, URL + "/2"]


# ── failures ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "url", ["clinic.example", "ftp://clinic.example/", "", "https://", "https://u:p@clinic.example/"]
)
def test_wrong_input_is_an_outcome(url):
    """Text that is no web address is recorded as given, with what to try, and nothing is asked for."""
    log = []
    got = ask(counting(log), url=url)
    assert (got.outcome, got.source, got.status, log) == ("invalid_input", url, None, [])
    assert re.search(r"found .*; expected .*; try ", got.problem)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (httpx.ConnectError("refused"), "connect_error"),
        (httpx.ReadTimeout("slow"), "timeout"),
        (httpx.ReadError("reset"), "http_error"),
        (httpx.RemoteProtocolError("no HTTP"), "http_error"),
        (socket.gaierror(-2, "unknown"), "dns_error"),
        (OSError("network is down"), "http_error"),
    ],
)
def test_network_failure_is_an_outcome(error, outcome):
    """What the network does wrong is a value with a message, never an exception."""
    got = ask(raising(error))
    assert (got.outcome, got.robots) == (outcome, "allowed")
    assert re.search(r"found .*clinic\.example.*; expected .*; try ", got.problem)


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), socket.gaierror(-2, "unknown")])
def test_unreachable_host_is_named_as_such(error):
    """Where the page's own host cannot be reached, the outcome says that rather than blame robots.txt."""
    got = ask(lambda request: page(), robots=raising(error))
    assert got.outcome in ("connect_error", "dns_error")
    assert got.robots == "unreachable"


def test_a_bug_is_not_hidden():
    """An exception that no network can cause is raised."""
    with pytest.raises(ZeroDivisionError):
        ask(raising(ZeroDivisionError()))


def test_fetch_works_inside_a_running_loop():
    """The plain function can be called in a notebook, where a loop runs already."""

    async def notebook():
        return ask(lambda request: page())

    assert asyncio.run(notebook()).outcome == "ok"


# ── real servers on 127.0.0.1 ────────────────────────────────────────────────────────────────────────


@contextlib.contextmanager
def serving(answers, host="127.0.0.1"):
    """A site on a free port: path → (status, headers, body); gives its address. Unknown paths are 404."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def do_GET(self):
            asked.append((self.path, self.headers["Host"]))
            status, headers, body = answers.get(self.path, (404, {}, b""))
            self.send_response(status)
            for name, value in ({"Content-Length": str(len(body)), "Connection": "close"} | headers).items():
                self.send_header(name, value)
            self.end_headers()
            with contextlib.suppress(OSError):  # the client may have had enough
                self.wfile.write(body)

        def log_message(self, *_):
            pass

    asked = []
    server = ThreadingHTTPServer((host, 0), Handler)
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://{host}:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextlib.contextmanager
def raw_server(talk):
    """A socket on 127.0.0.1 that runs ``talk(connection, stop)`` for each connection; gives its port."""
    stop = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.05)

    def one(connection):
        with connection, contextlib.suppress(OSError):
            connection.settimeout(5)
            talk(connection, stop)

    def accept():
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                connection, _ = listener.accept()
                threading.Thread(target=one, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        stop.set()
        thread.join(5)
        listener.close()


def local(**options):
    """Options that admit 127.0.0.1 as a host given by the user."""
    return FetchOptions(allow_private=True, allow_hosts=frozenset({"127.0.0.1"}), **options)


OK = (200, {"Content-Type": "text/html"}, PAGE)


def test_loopback_is_refused_by_default():
    """Without the option, and with hosts but not the option, no request reaches a local server."""
    with serving({"/": OK}) as (site, asked):
        assert fetch(f"{site}/").outcome == "refused_address"
        assert fetch(f"{site}/", FetchOptions(allow_hosts=frozenset({"127.0.0.1"}))).outcome == "refused_address"
        assert fetch(f"{site}/", FetchOptions(allow_private=True)).outcome == "refused_address"
        assert fetch(site.replace("127.0.0.1", "localhost")).outcome == "refused_address"
        assert fetch(site.replace("127.0.0.1", "[::ffff:127.0.0.1]")).outcome == "refused_address"
        assert asked == []


def test_loopback_is_admitted_for_hosts_given_as_input():
    """With the option and the host a local server is fetched, robots.txt first, under its own name."""
    with serving({"/x?q=|": OK}) as (site, asked):
        got = fetch(f"{site}/x?q=|", local())
        assert (got.outcome, got.body, got.robots) == ("ok", PAGE, "allowed")
        name = site.removeprefix("http://")
        assert asked == [("/robots.txt", name), ("/x?q=|", name)]


def test_name_is_judged_by_its_address():
    """A name such as localhost is refused after DNS, and admitted when it is the host that was given."""
    with serving({"/": OK}) as (site, asked):
        url = site.replace("127.0.0.1", "localhost")
        got = fetch(url, local())
        assert got.outcome == "refused_address"
        assert "127.0.0.1" in got.problem or "::1" in got.problem
        assert asked == []
        assert fetch(url, FetchOptions(allow_private=True, allow_hosts=frozenset({"localhost"}))).outcome == "ok"


def test_link_to_a_private_host_is_not_admitted():
    """A page found through a link stays refused even on a host of the input, and even after its connection exists."""

    async def given_then_linked(url):
        options = FetchOptions(allow_private=True, allow_hosts=frozenset({"localhost"}))
        async with Session(options) as session:
            return await session.fetch(url), await session.fetch(url, given=False)

    with serving({"/": OK}) as (site, _):
        first, second = asyncio.run(given_then_linked(site.replace("127.0.0.1", "localhost")))
    assert (first.outcome, second.outcome) == ("ok", "refused_address")


def test_redirect_to_another_private_host_is_refused():
    """Admitting a host does not admit where it sends us, be it private or metadata."""
    with serving({"/": OK}, host="127.0.0.2") as (other, asked):
        targets = {"/a": f"{other}/", "/b": "http://169.254.169.254/latest/meta-data/"}
        with serving({path: (302, {"Location": to}, b"") for path, to in targets.items()}) as (site, _):
            both = FetchOptions(
                allow_private=True, allow_hosts=frozenset({"127.0.0.1", "127.0.0.2", "169.254.169.254"})
            )
            for path, to in targets.items():
                got = fetch(site + path, both)
                assert (got.outcome, got.final_url, got.status) == ("refused_address", to, None)
        assert asked == []


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "0.0.0.0", "[fe80::1]", "[64:ff9b::7f00:1]"])
def test_metadata_and_reserved_addresses_are_always_refused(host):
    """No option admits addresses of cloud metadata, links and reserved ranges."""
    options = FetchOptions(allow_private=True, allow_hosts=frozenset({host}), timeout=2)
    assert fetch(f"http://{host}/", options).outcome == "refused_address"


def test_redirect_loop_of_a_server():
    """A server that sends us in a circle is left after one round."""
    with serving({"/a": (302, {"Location": "/b"}, b""), "/b": (301, {"Location": "/a"}, b"")}) as (site, asked):
        assert fetch(f"{site}/a", local()).outcome == "too_many_redirects"
        assert [path for path, _ in asked] == ["/robots.txt", "/a", "/b"]


def test_robots_of_a_server():
    """Over real sockets too, a failing or forbidding robots.txt keeps us from the page."""
    for status, body, outcome in [
        (500, b"", "robots_unreachable"),
        (200, b"User-agent: *\nDisallow: /", "robots_disallowed"),
    ]:
        with serving({"/robots.txt": (status, {}, body), "/": OK}) as (site, asked):
            assert fetch(f"{site}/", local()).outcome == outcome
            assert [path for path, _ in asked] == ["/robots.txt"]


def test_legacy_bytes_over_a_socket():
    """EUC-KR bytes arrive unchanged."""
    body = "<html>첨단재생의료 실시기관".encode("euc-kr")
    with serving({"/": (200, {"Content-Type": "text/html"}, body)}) as (site, _):
        assert fetch(f"{site}/", local()).body == body


def test_gzip_bomb_stops_at_the_limit():
    """A small body that unfolds to 300 MB is left at max_bytes, quickly and with both figures."""
    bomb = gzip.compress(bytes(300_000_000), 9)
    with serving({"/": (200, {"Content-Type": "text/html", "Content-Encoding": "gzip"}, bomb)}) as (site, _):
        begin = time.monotonic()
        got = fetch(f"{site}/", local(max_bytes=1_000_000))
        assert (got.outcome, got.body) == ("too_large", b"")
        assert "1000000" in got.problem
        assert time.monotonic() - begin < 2


def drip(after):
    """A server that answers robots.txt, then sends ``after`` and a byte every 50 ms."""

    def talk(connection, stop):
        if b"/robots.txt" in connection.recv(4096):
            connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            return
        connection.sendall(after)
        until = time.monotonic() + 5
        while time.monotonic() < until and not stop.wait(0.05):
            connection.sendall(b"x")

    return talk


@pytest.mark.parametrize(
    "after", [b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "]
)
def test_slow_server_meets_the_total_time_out(after):
    """A server that keeps sending a byte now and then, in headers or body, is left when the whole time is up."""
    with raw_server(drip(after)) as port:
        begin = time.monotonic()
        got = fetch(f"http://127.0.0.1:{port}/", local(timeout=0.5))
        assert got.outcome == "timeout"
        assert "within 0.5 seconds" in got.problem
        assert 0.4 < time.monotonic() - begin < 2


def test_silent_robots_meets_the_total_time_out():
    """A server that never answers for robots.txt is unreachable, not allowed."""
    with raw_server(lambda connection, stop: stop.wait(5)) as port:
        got = fetch(f"http://127.0.0.1:{port}/", local(timeout=0.3))
    assert (got.outcome, got.robots) == ("robots_unreachable", "unreachable")


def test_silent_name_server_meets_the_total_time_out(monkeypatch):
    """A look-up that hangs does not hold the fetch back beyond its time."""
    release = threading.Event()
    monkeypatch.setattr("claimaudit.crawl.guard.socket.getaddrinfo", lambda *_, **__: release.wait(5) and [])
    begin = time.monotonic()
    got = fetch("https://clinic.example/", FetchOptions(timeout=0.3))
    spent = time.monotonic() - begin
    release.set()
    assert got.outcome == "robots_unreachable"
    assert spent < 2


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n",
        b"HTTP/1.1 200 OK\r\nBad Header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nContent-Length: minus\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/html\r\n\r\nZZ\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: " + b"y" * 300_000,
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        b"",
    ],
)
def test_broken_answers_are_outcomes(answer):
    """Other protocols, cut bodies, bad framing, endless headers and silence are recorded failures."""

    def talk(connection, stop):
        robots = b"/robots.txt" in connection.recv(4096)
        connection.sendall(
            b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" if robots else answer
        )

    with raw_server(talk) as port:
        got = fetch(f"http://127.0.0.1:{port}/", local(timeout=3))
    assert got.outcome == "http_error"
    assert got.problem.startswith("found ")
    assert got.body == b""


def test_closed_port_is_a_connect_error():
    """A refused connection is told as such."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    got = fetch(f"http://127.0.0.1:{port}/", local())
    assert got.outcome == "connect_error"
    assert "refused" in got.problem.lower() or "failed" in got.problem.lower()


def test_https_to_a_plain_server_is_a_tls_error():
    """A server that does not speak TLS is told as such."""
    with serving({"/": OK}) as (site, _):
        got = fetch(site.replace("http:", "https:"), local())
    assert got.outcome == "tls_error"


def test_environment_is_not_trusted(monkeypatch):
    """Proxy variables do not lead requests around the guard."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving({"/": OK}) as (site, _):
        assert fetch(f"{site}/", local()).outcome == "ok"


def test_afetch_is_the_same_for_callers_with_a_loop():
    """The asynchronous function gives the same value."""
    with serving({"/": OK}) as (site, _):
        assert asyncio.run(afetch(f"{site}/", local())).body == PAGE
