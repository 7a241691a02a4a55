"""Read the pattern language of the lexicons: a pattern as written → sequences of slots (see docs/lexicons.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import msgspec

MAX_EXPANSIONS = 256


class Slot(msgspec.Struct, frozen=True):
    """One place of a pattern: the phrases that may fill it (none for a number) and how it joins the slot before."""

    phrases: tuple[str, ...]
    optional: bool = False
    space: bool = True  # the pattern has a space before it, so the page may have one between two CJK characters
    gap: bool = False  # other words may stand before it

    @property
    def number(self) -> bool:
        """Tell whether the slot takes any number."""
        return not self.phrases


_GLUES = re.compile(r"[A-Za-z0-9À-ɏ'’-]")


@cache
def compile_pattern(pattern: str) -> tuple[tuple[Slot, ...], ...]:
    """Return a pattern as sequences of slots; raise ValueError where it is malformed.

    ``"(a|b) c … {n}"`` gives one sequence: a slot for each group, run of words, and number. A number inside a group
    gives a sequence for each alternative that holds it. Latin letters that touch a group belong to its words
    (``design(ed|er)``).
    """
    variants = _without_grouped_numbers(pattern)
    if len(variants) > MAX_EXPANSIONS:
        raise ValueError(
            f"{len(variants)} readings because of numbers in groups, at most {MAX_EXPANSIONS}; split the line"
        )
    return tuple(_sequence(variant) for variant in variants)


def _sequence(pattern: str) -> tuple[Slot, ...]:
    slots: list[Slot] = []
    for position, stretch in enumerate(pattern.split("…")):
        if not stretch.strip():
            raise ValueError("empty, or a gap … at the beginning or end")
        gap = position > 0
        for slot in _stretch(stretch):
            slots.append(msgspec.structs.replace(slot, gap=gap))
            gap = gap and slot.optional  # an optional slot behind a gap may be absent: the gap goes on
    if not any(slot.phrases and not slot.optional for slot in slots):
        raise ValueError("every part is optional or a number, so it would match anything")
    return tuple(slots)


def _without_grouped_numbers(pattern: str) -> list[str]:
    """Write a pattern whose groups hold ``{n}`` as several, one for each such alternative and one for the others."""
    if "{n}" not in pattern:
        return [pattern]
    for start, end in _groups(pattern):
        if "{n}" not in pattern[start:end]:
            continue
        choices = _choices(pattern[start + 1 : end - 1])
        numbered = [choice for choice in choices if "{n}" in choice]
        plain = [choice for choice in choices if "{n}" not in choice]
        rest = [f"({'|'.join(plain)})"] if any(choice.strip() for choice in plain) else [" "] * bool(plain)
        return [
            variant
            for choice in (*numbered, *rest)
            for variant in _without_grouped_numbers(pattern[:start] + choice + pattern[end:])
        ]
    return [pattern]


def _groups(text: str) -> Iterator[tuple[int, int]]:
    """Yield the places of the outermost groups of a text."""
    if "(" not in text and ")" not in text:
        return
    depth = start = 0
    for position, char in enumerate(text):
        if char == "(":
            start = position if depth == 0 else start
            depth += 1
        elif char == ")":
            depth -= 1
            if depth < 0:
                raise ValueError(f"a ) without its ( before {text[position:][:20]!r}")
            if depth == 0:
                yield start, position + 1
    if depth:
        raise ValueError(f"a ( without its ) at {text[start:][:20]!r}")


def _choices(content: str) -> list[str]:
    """Split a group's content at its own bars, not at those of groups inside it."""
    if "(" not in content:
        return content.split("|")
    choices, depth = [""], 0
    for char in content:
        depth += (char == "(") - (char == ")")
        if char == "|" and depth == 0:
            choices.append("")
        else:
            choices[-1] += char
    return choices


def _stretch(text: str) -> list[Slot]:
    """Return the slots of a stretch without a gap."""
    slots: list[Slot] = []
    space = True
    for kind, choices in _pieces(text):
        if kind == "space":
            space = True
            continue
        if kind == "group" and not any(choices):
            raise ValueError("a group () without any word")
        slot = (
            Slot((), space=space)
            if kind == "number"
            else Slot(tuple(dict.fromkeys(c for c in choices if c)), optional="" in choices, space=space)
        )
        if slots and not space and kind != "number" and _glued(slots[-1], slot):
            slots[-1] = _joined(slots[-1], slot)
        else:
            slots.append(slot)
        space = False
    return _merged(slots)


def _pieces(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Split a stretch into words, spaces, numbers and groups; a group comes with its alternatives."""
    position = 0
    for start, end in [*_groups(text), (len(text), len(text))]:
        for piece in re.findall(r"\{n\}|\s+|[^{}\s]+|.", text[position:start]):
            if piece.isspace():
                yield "space", ()
            elif piece == "{n}":
                yield "number", ()
            elif "|" in piece or piece in "{}":
                raise ValueError(f"{piece!r}: | only inside parentheses, braces only as {{n}}")
            else:
                yield "word", (piece,)
        if end > start:
            yield "group", _alternatives(text[start + 1 : end - 1])
        position = end


def _alternatives(content: str) -> tuple[str, ...]:
    """Return the alternatives of a group as plain phrases; inner groups are expanded."""
    out: dict[str, None] = {}
    for choice in _choices(content):
        inner = list(_groups(choice))
        if not inner:
            out[" ".join(choice.split())] = None
            continue
        start, end = inner[0]
        for option in _alternatives(choice[start + 1 : end - 1]):
            out |= dict.fromkeys(_alternatives(choice[:start] + option + choice[end:]))
    braces = next((choice for choice in out if "{" in choice or "}" in choice), None)
    if braces is not None:
        raise ValueError(f"{braces!r}: braces only as {{n}}")
    if len(out) > MAX_EXPANSIONS:
        raise ValueError(
            f"{len(out)} alternatives in one group where at most {MAX_EXPANSIONS} are allowed; split the line"
        )
    return tuple(out)


def _glued(left: Slot, right: Slot) -> bool:
    """Latin letters that touch across a group's edge are one word."""
    ends = any(_GLUES.match(phrase[-1]) for phrase in left.phrases)
    starts = any(_GLUES.match(phrase[0]) for phrase in right.phrases)
    return ends and starts


def _joined(left: Slot, right: Slot) -> Slot:
    lefts = [*left.phrases, *([""] if left.optional else [])]
    rights = [*right.phrases, *([""] if right.optional else [])]
    joined = dict.fromkeys(a + b for a in lefts for b in rights)
    if len(joined) > MAX_EXPANSIONS:
        raise ValueError(
            f"{len(joined)} alternatives in one word where at most {MAX_EXPANSIONS} are allowed; split the line"
        )
    return Slot(tuple(word for word in joined if word), optional="" in joined, space=left.space)


def _merged(slots: list[Slot]) -> list[Slot]:
    """Join neighbouring fixed slots into one phrase: fewer, longer phrases are faster to find."""
    out: list[Slot] = []
    for slot in slots:
        fixed = len(slot.phrases) == 1 and not slot.optional
        if out and fixed and len(out[-1].phrases) == 1 and not out[-1].optional:
            glue = " " if slot.space else ""
            out[-1] = msgspec.structs.replace(out[-1], phrases=(out[-1].phrases[0] + glue + slot.phrases[0],))
        else:
            out.append(slot)
    return out
