"""Web addresses: text in, a normal form or a message out."""

import pytest

from claimaudit.crawl.urls import MAX_CHARS, BadAddressError, normal_host, parse_address, shown


def problem_of(text):
    """The message for text that is no address."""
    with pytest.raises(BadAddressError) as caught:
        parse_address(text)
    return str(caught.value)


def test_address_is_normalised_like_in_a_browser():
    """Case, default port, dot segments, white space around and the fragment do not make another page."""
    address = parse_address("  HTTPS://Clinic.Example:443/a/../stem-cell?lang=ko#top ")
    assert address.href == "https://clinic.example/stem-cell?lang=ko"
    assert (address.origin, address.port, address.target) == ("https://clinic.example", 443, "/stem-cell?lang=ko")


def test_korean_address_becomes_punycode_and_utf8_escapes():
    """A Korean host and path are accepted as typed."""
    assert parse_address("https://한글.kr/강남").href == "https://xn--bj0bj06e.kr/%EA%B0%95%EB%82%A8"


@pytest.mark.parametrize("text", ["http://2130706433/", "http://0x7f.1/", "http://127.1/", "http://017700000001/"])
def test_disguised_addresses_are_unmasked(text):
    """Odd spellings of 127.0.0.1 end as 127.0.0.1, where the guard sees them."""
    assert parse_address(text).host == "127.0.0.1"


def test_ipv6_host_has_no_brackets_but_its_origin_has():
    """The host can be given to a socket, the origin to another request."""
    address = parse_address("http://[::1]:8080/x")
    assert (address.host, address.origin) == ("::1", "http://[::1]:8080")


@pytest.mark.parametrize("text", ["clinic.example/x", "//clinic.example/x", "clinic.example:8080/x", "localhost:8000"])
def test_missing_scheme_is_not_guessed_but_suggested(text):
    """An address without a scheme is refused with the address that was probably meant."""
    message = problem_of(text)
    assert "without a scheme" in message
    assert f"did you mean https://{text.lstrip('/')} ?" in message


@pytest.mark.parametrize(
    "text", ["ftp://clinic.example/", "file:///etc/passwd", "javascript:alert(1)", "data:text/html,x"]
)
def test_other_schemes_are_refused(text):
    """Only http and https are fetched, and the message names the scheme found."""
    assert f"the scheme '{text.partition(':')[0]}'" in problem_of(text)


@pytest.mark.parametrize("text", ["http://", "https://:443/", "https://a b.example/", "https://clinic.example:99999/"])
def test_unreadable_host_or_port_is_refused(text):
    """No host, a host with a space and an impossible port are told apart from a missing scheme."""
    assert "no host or port" in problem_of(text)


@pytest.mark.parametrize("text", ["", "   ", "\ud800"])
def test_empty_and_broken_text_is_refused(text):
    """Nothing and lone surrogates are messages, not crashes."""
    assert problem_of(text).startswith("found ")


def test_credentials_are_refused_and_not_repeated():
    """A password in an address never reaches a message."""
    message = problem_of("https://user:geheim@clinic.example/")
    assert "password" in message
    assert "geheim" not in message


@pytest.mark.parametrize("port", [0, 22, 25, 6667])
def test_ports_of_other_protocols_are_refused(port):
    """Ports that browsers refuse are refused."""
    assert f"port {port}" in problem_of(f"http://clinic.example:{port}/")


def test_overlong_address_is_refused_with_both_figures():
    """The message has the length found and the length allowed."""
    message = problem_of("https://clinic.example/" + "x" * MAX_CHARS)
    assert str(MAX_CHARS) in message
    assert str(MAX_CHARS + len("https://clinic.example/")) in message


def test_reference_is_read_on_its_page():
    """A relative redirect target is resolved against the page."""
    base = parse_address("https://clinic.example/en/page")
    assert parse_address("../ko/", base).href == "https://clinic.example/ko/"


@pytest.mark.parametrize(
    ("given", "host"),
    [("Clinic.KR", "clinic.kr"), ("::1", "::1"), ("[::1]", "::1"), ("한글.kr", "xn--bj0bj06e.kr"), ("", "")],
)
def test_hosts_compare_in_one_spelling(given, host):
    """Hosts given as options are spelled as in addresses."""
    assert normal_host(given) == host


def test_foreign_text_in_messages_is_harmless():
    """Terminal escapes are shown, not sent; long text is cut."""
    assert shown("\x1b[31mred") == "\\x1b[31mred"
    assert len(shown("x" * 1000)) == 200
