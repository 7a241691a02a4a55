"""robots.txt: status and bytes in, rules out."""

import pytest

from claimaudit.crawl import robots
from claimaudit.crawl.urls import parse_address

PAGE = parse_address("https://clinic.example/stem-cell?lang=ko")


def allows(text, address=PAGE, user_agent=""):
    """Whether a robots.txt lets us fetch the page."""
    body = text if isinstance(text, bytes) else text.encode()
    return robots.read_rules(body, user_agent).allows(address)


def test_empty_file_allows_everything():
    """No rules, no restriction."""
    assert allows("")


def test_rules_for_everyone_count():
    """A group for * applies where none names us."""
    assert not allows("User-agent: *\nDisallow: /stem")


def test_own_group_wins_over_everyone():
    """A group that names us replaces the one for *."""
    assert allows("User-agent: *\nDisallow: /\n\nUser-agent: ClaimAudit\nDisallow: /private")


def test_longest_rule_wins():
    """Allow beats a shorter Disallow."""
    assert allows("User-agent: *\nDisallow: /\nAllow: /stem-cell")


def test_query_is_part_of_the_match():
    """Rules see the query as well as the path."""
    assert not allows("User-agent: *\nDisallow: /*lang=ko")


def test_byte_order_mark_is_no_part_of_the_first_line():
    """A file that starts with a byte order mark keeps its first group."""
    assert not allows(b"\xef\xbb\xbfUser-agent: *\nDisallow: /")


@pytest.mark.parametrize("line", ["claimaudit/0.9", "ClaimAudit (any version)", "claimaudit # us", "CLAIMAUDIT/*"])
def test_user_agent_line_with_version_means_us(line):
    """A version, comment or case in the user-agent line does not hide that we are meant."""
    assert not allows(f"User-agent: {line}\nDisallow: /")


@pytest.mark.parametrize("line", ["claim", "audit", "claimaudit-news", "another-robot", ""])
def test_other_robots_are_not_us(line):
    """A name that ours merely contains, or that is longer, is another robot."""
    assert allows(f"User-agent: {line}\nDisallow: /")


def test_similar_name_does_not_hide_the_group_for_everyone():
    """Protego takes "claim" for the start of our name; the group for * must win."""
    assert not allows("User-agent: claim\nAllow: /\n\nUser-agent: *\nDisallow: /")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_line_endings_of_all_systems(ending):
    """Old files with bare carriage returns are read too."""
    assert not allows(ending.join(["User-agent: x/1", "User-agent: claimaudit/1", "Disallow: /"]))


def test_changed_user_agent_still_obeys_our_name():
    """Calling ourselves something else adds rules to obey and takes none away."""
    text = "User-agent: claimaudit\nDisallow: /stem\n\nUser-agent: studybot\nDisallow: /ko"
    assert not allows(text, user_agent="StudyBot/2.0")
    assert not allows(text, parse_address("https://clinic.example/ko"), user_agent="StudyBot/2.0")
    assert allows(text, parse_address("https://clinic.example/ko"))


def test_crawl_delay_is_returned_in_seconds():
    """The delay of our group is reported."""
    assert robots.read_rules(b"User-agent: *\nCrawl-delay: 2.5").crawl_delay == 2.5
    assert robots.read_rules(b"").crawl_delay is None


def test_only_the_first_500_kib_count_and_no_half_line():
    """A huge file is cut at a line end, so that no rule becomes a broader one."""
    filler = b"# x\n" * (robots.MAX_BYTES // 4 - 8)
    assert allows(b"User-agent: *\n" + filler + b"Disallow: /stem-cell-and-much-more")
    assert not allows(b"User-agent: *\nDisallow: /stem\n" + filler + b"x" * 999)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (200, "read"),
        (404, "all_allowed"),
        (403, "all_allowed"),
        (429, "unreachable"),
        (500, "unreachable"),
        (503, "unreachable"),
        (304, "unreachable"),
    ],
)
def test_meaning_of_status(status, meaning):
    """4xx means that there are no rules; 429, 5xx and the rest mean that they are unknown."""
    assert robots.meaning_of_status(status) == meaning


def test_unknown_rules_allow_nothing():
    """Not being able to read robots.txt is never taken as yes, and the message says so."""
    rules = robots.unreachable_by_status("https://clinic.example/robots.txt", 503)
    assert not rules.allows(PAGE)
    assert rules.outcome == "robots_unreachable"
    assert "status 503" in rules.problem


def test_robots_address_is_at_the_origin():
    """robots.txt is asked for at scheme, host and port of the page."""
    assert robots.robots_address(parse_address("http://[::1]:8080/a/b?c")) == "http://[::1]:8080/robots.txt"


def test_user_agent_names_program_and_contact():
    """The default header says who is asking and how to reach them; a given one is kept and the contact added."""
    assert robots.user_agent_header("", "") == f"claimaudit/{robots.version()} (wording audit; contact: not given)"
    assert "contact: lab@uni.example" in robots.user_agent_header("", "lab@uni.example")
    assert robots.user_agent_header("StudyBot/2", "lab@uni.example") == "StudyBot/2 (contact: lab@uni.example)"
