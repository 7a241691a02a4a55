"""Lay a page's hits out so that rules can ask about them: document + hits → what stands around a mention.

A *feature* is a named fact about one mention ("a negation cue reaches it", "its heading is general"); its value is the
text that made it true, so that a claim can show the cue that decided. ``FEATURES`` lists and explains every name that
``data/reading.toml`` may use.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from typing import NamedTuple

from ..types import Block, Document, Role
from .mentions import Found, Hit
from .owner import Owner

CUES = (
    "self this hearer generic other_party comparison negated pending past modal condition define quote question asserted news"
).split()

FEATURES: dict[str, str] = {
    **{name: f"a cue.{name} reaches the mention in its sentence" for name in CUES},
    **{f"{name}_near": f"a cue.{name} reaches the mention in its own clause" for name in CUES},
    "self": "the speaker is named in the sentence: a cue.self or the owner's name",
    "self_near": "the speaker is named in the clause of the mention",
    "self_before": "the previous sentence of the block is about the speaker, and this one names nobody else",
    "self_heading": "the heading above names the speaker",
    "other_facility": "another facility is named in the sentence",
    "other_company": "a company is named in the sentence that is not the owner",
    "designation_words": "the sentence holds a word of designation, an authority or a whole phrase of designation",
    "foreign_page": "the page speaks of another country's scheme and nowhere of Korea's",
    "is_unspecified": "the mention names no tier",
    "is_center": "the mention is a center tier (hospitals also call a department so)",
    "denied_next": "the next sentence is a short denial (We do not. / 아닙니다.)",
    "is_question": "the sentence ends with a question mark, or the block is the question of a pair",
    "in_answer": "the block answers a question",
    "badge": "the mention fills a short block or cell that makes no sentence",
    "many": "the sentence or list names several values of the variable",
    "this_therapy": "the sentence points at the therapy that it speaks of: a therapy is named in sentence or heading",
    "offer": "the sentence offers: offer.provide, offer.action or a price",
    "offer_near": "the clause offers",
    "offer_block": "the block or its heading offers",
    "provide": "offer.provide in the sentence",
    "action": "offer.action in the sentence",
    "price": "a price in the sentence or row",
    "denied": "an offer is denied in the clause of the mention",
    "mechanism": "the words describe how something works (offer.mechanism)",
    "explain": "the words explain a term (offer.explain)",
    "authority": "a Korean authority in the sentence",
    "authority_foreign": "an authority or scheme of another country in the sentence or heading, none of Korea",
    "designate": "a word of designation in the sentence",
    "act": "Korea's Act in the sentence or heading",
    "other_scheme": "a designation under another scheme in the clause",
    "tier_here": "a tier in the sentence",
    "therapy_here": "a therapy in the sentence",
    "cells_here": "a therapy inside the Act's scope in the sentence, heading or title",
    "in_main": "visible text outside menus, headers, footers and side columns",
    "in_nav": "in a menu",
    "in_footer": "in the footer or header",
    "in_aside": "in a side column",
    "in_title": "the page's title",
    "in_heading": "a heading",
    "in_list": "a list item or table row",
    "in_alt": "alt text or metadata",
    "in_quote": "a quotation block",
    "in_speech": "inside quotation marks that hold a whole phrase, not only the term",
    "all_values": "the rows or items beside it name other values of the variable: a scheme laid out",
    "heading_general": "the section's heading is general: how the law works, questions",
    "heading_own": "the section's heading is about the speaker",
    "heading_news": "the section's heading is news",
    "heading_review": "the section's heading announces patients' stories",
    "heading_notice": "the section's heading is a notice",
    "heading_therapy": "the section's heading or the title names the same therapy",
    "role_provider": "the page's speaker is a provider",
    "role_intermediary": "the page's speaker is an intermediary",
    "role_vendor": "the page's speaker is a vendor",
    "role_publisher": "the page's speaker is a publisher",
    "promoter": "the speaker is a provider, intermediary or vendor, or the page is an advertorial",
    "advertorial": "the page is marked as, or reads as, an advertisement",
    "identifier": "the mention holds a number",
}

_FOREIGN = {"act.foreign", "pathway.foreign_scheme"}
_KOREAN = {"act.kr", "authority.kr", "tier.institution", "tier.center"}
_SPEECH = 8  # characters that a quotation holds beyond the term, to be more than an emphasised name
_SCHEME = 3  # values beside each other
_QUOTED = re.compile(
    r"“[^”]{4,400}”|「[^」]{4,400}」|『[^』]{4,400}』|\"[^\"]{4,400}\"|‘[^’]{4,400}’(?![A-Za-z])|\"[^\"]{4,400}\"|《[^》]{4,400}》"
)
_SHORT_DENIAL = 40
_BADGE_CHARS = 60
_BADGE_SHARE = 0.3
_IN_SCOPE = ("stem_cell", "svf", "immune_cell", "gene_modified", "ips_es", "cord_blood")


class Sentence(NamedTuple):
    """A sentence of a block, with its hits."""

    id: int
    block: int
    start: int
    end: int
    text: str
    hits: tuple[Hit, ...]


class View:
    """A page laid out for the reading rules. Built once per page; reading it changes nothing."""

    def __init__(self, document: Document, found: Found, owner: Owner) -> None:
        self.document = document
        self.owner = owner
        self.hits = found.hits
        self.blocks: dict[int, Block] = {block.id: block for block in document.blocks}
        by_sentence: dict[int, list[Hit]] = defaultdict(list)
        self.by_block: dict[int, list[Hit]] = defaultdict(list)
        for hit in found.hits:
            by_sentence[hit.sentence].append(hit)
            self.by_block[hit.block].append(hit)
        self.sentences: dict[int, Sentence] = {}
        self.order: dict[int, list[int]] = defaultdict(list)
        for number, (block, start, end) in found.sentence_spans.items():
            text = self.blocks[block].text[start:end]
            self.sentences[number] = Sentence(number, block, start, end, text, tuple(by_sentence.get(number, ())))
            self.order[block].append(number)
        self.clause = found.boundaries.clause
        labels = {hit.label for hit in found.hits if self.blocks[hit.block].section == "main"}
        self.foreign = bool(labels & _FOREIGN) and not labels & _KOREAN
        self._others: dict[int, tuple[str, ...]] = {}
        self._owned: dict[str, bool] = {}
        self._quotes: dict[int, list[tuple[int, int]]] = {}
        self._layouts: dict[tuple[str, int | None, str], set[str]] = {}
        self.role: Role = "unrelated"
        self.advertorial = False

    def heading_chain(self, block: Block) -> list[Block]:
        """Return the headings above a block, nearest first, then its question."""
        chain: list[Block] = []
        heading = block.heading
        while heading is not None and heading in self.blocks and len(chain) < 6:
            above = self.blocks[heading]
            chain.append(above)
            heading = above.heading if above.heading != heading else None
        if block.question is not None and block.question in self.blocks:
            chain.append(self.blocks[block.question])
        return chain

    def quotes(self, block: Block) -> list[tuple[int, int]]:
        """Return the stretches between quotation marks in a block."""
        if block.id not in self._quotes:
            self._quotes[block.id] = [match.span() for match in _QUOTED.finditer(block.text)]
        return self._quotes[block.id]

    def others(self, sentence: Sentence) -> tuple[str, ...]:
        """Return the other facilities that a sentence names."""
        if sentence.id not in self._others:
            self._others[sentence.id] = self.owner.others_in(sentence.text)
        return self._others[sentence.id]

    def owned(self, text: str) -> bool:
        """Tell whether the owner is named in a text."""
        if text not in self._owned:
            self._owned[text] = self.owner.named_in(text)
        return self._owned[text]

    def _laid_out(self, block: Block, family: str) -> set[str]:
        """Return the values of a variable in the rows or items that stand under one heading with this one."""
        if block.kind not in ("row", "list_item"):
            return set()
        key = (block.kind, block.heading, family)
        if key not in self._layouts:
            self._layouts[key] = {
                hit.label
                for other in self.document.blocks
                if other.kind == block.kind and other.heading == block.heading
                for hit in self.by_block[other.id]
                if hit.label.startswith(family + ".")
            }
        return self._layouts[key]

    def features(self, hit: Hit) -> dict[str, str]:
        """Return the features of a mention: name → the words that made it true ("" where none can be shown)."""
        sentence = self.sentences[hit.sentence]
        block = self.blocks[hit.block]
        found: dict[str, str] = {}
        self._cue_features(hit, sentence, found)
        self._speaker_features(hit, sentence, block, found)
        self._offer_features(hit, sentence, block, found)
        self._law_features(hit, sentence, block, found)
        self._place_features(hit, sentence, block, found)
        return found

    def _words(self, hit: Hit) -> str:
        return self.blocks[hit.block].text[hit.start : hit.end]

    def _cue_features(self, hit: Hit, sentence: Sentence, found: dict[str, str]) -> None:
        family = hit.label.split(".")[0]
        for cue in sentence.hits:
            head, _, name = cue.label.partition(".")
            if head != "cue" or not _reaches(cue, hit, family):
                continue
            near = cue.clause == hit.clause or self.clause[cue.last - 1] == hit.clause
            if near:
                found.setdefault(f"{name}_near", self._words(cue))
            if near or cue.entry.term.scope == "sentence":
                found.setdefault(name, self._words(cue))

    def _speaker_features(self, hit: Hit, sentence: Sentence, block: Block, found: dict[str, str]) -> None:
        if self.owned(sentence.text):
            found.setdefault("self", "(owner's name)")
            found.setdefault("self_near", "(owner's name)")
        tiers = [self._words(h) for h in sentence.hits if h.label.startswith("tier.")]
        others = [name for name in self.others(sentence) if not any(name in tier or tier in name for tier in tiers)]
        if others:
            found["other_facility"] = others[0]
        numbers = self.order[hit.block]
        place = numbers.index(hit.sentence)
        if place and not others and "other_party" not in found and "generic" not in found:
            before = self.sentences[numbers[place - 1]]
            if any(h.label == "cue.self" for h in before.hits) or self.owned(before.text):
                found["self_before"] = before.text[:40]
        for above in self.heading_chain(block):
            if any(h.label == "cue.self" for h in self.by_block[above.id]) or self.owned(above.text):
                found.setdefault("self_heading", above.text[:40])
            for h in self.by_block[above.id]:
                if h.label == "cue.this":
                    found.setdefault("this", self._words(h))
                if h.label.startswith("section.") and not self._topic_only(block, above):
                    found.setdefault("heading_" + h.label.removeprefix("section."), self._words(h))
        if place + 1 < len(numbers):
            after = self.sentences[numbers[place + 1]]
            if len(after.text) <= _SHORT_DENIAL and any(h.label in ("offer.denied", "cue.negated") for h in after.hits):
                found["denied_next"] = after.text
        if hit.label == "processing_licence" and (companies := self.owner.companies_in(sentence.text)):
            found["other_company"] = companies[0]
        if hit.label in ("tier.center", "tier.unspecified"):
            found["is_" + hit.label.removeprefix("tier.")] = ""
        if self.foreign:
            found["foreign_page"] = ""
        if sentence.text.rstrip("\"'”’」』) ").endswith(("?", "？")) or block.kind == "question":
            found["is_question"] = sentence.text[-20:]
        if block.kind == "answer" or block.question is not None:
            found["in_answer"] = ""
        found[f"role_{self.role}"] = ""
        if self.advertorial:
            found["advertorial"] = ""
        if self.advertorial or self.role in ("provider", "intermediary", "vendor"):
            found["promoter"] = ""

    @staticmethod
    def _topic_only(block: Block, above: Block) -> bool:
        """Tell whether a heading only announces questions: an answer below "FAQ" is as much the speaker's own as any sentence."""
        return (block.kind == "answer" or block.question is not None) and above.id != block.question

    def _offer_features(self, hit: Hit, sentence: Sentence, block: Block, found: dict[str, str]) -> None:
        for other in sentence.hits:
            head, _, name = other.label.partition(".")
            if head != "offer":
                continue
            near = other.clause == hit.clause or self.clause[other.last - 1] == hit.clause
            overlaps = other.first < hit.last and hit.first < other.last
            if name in ("provide", "action", "price"):
                found.setdefault(name, self._words(other))
                found.setdefault("offer", self._words(other))
                if near:
                    found.setdefault("offer_near", self._words(other))
            elif name == "denied" and (near or overlaps):
                found.setdefault("denied", self._words(other))
            elif name in ("mechanism", "explain") and (near or overlaps):
                found.setdefault(name, self._words(other))
        around = [
            *self.by_block[block.id],
            *(h for above in self.heading_chain(block) for h in self.by_block[above.id]),
        ]
        for other in around:
            if other.label in ("offer.provide", "offer.action", "offer.price"):
                found.setdefault("offer_block", self._words(other))

    def _law_features(self, hit: Hit, sentence: Sentence, block: Block, found: dict[str, str]) -> None:
        family = hit.label.split(".")[0]
        above = [h for heading in self.heading_chain(block) for h in self.by_block[heading.id]]
        foreign = ""
        values = {hit.label}
        for other in (*sentence.hits, *above):
            label = other.label
            if label == "act.kr":
                found.setdefault("act", self._words(other))
            elif label in ("act.foreign", "authority.foreign", "pathway.foreign_scheme"):
                foreign = foreign or self._words(other)
            elif label.startswith("therapy."):
                found.setdefault("this_therapy", self._words(other))
                if label == hit.label and other.block != hit.block:
                    found.setdefault("heading_therapy", self._words(other))
                if label.removeprefix("therapy.") in _IN_SCOPE:
                    found.setdefault("cells_here", self._words(other))
        for other in sentence.hits:
            label = other.label
            if label == "authority.kr":
                found.setdefault("authority", self._words(other))
            elif label == "designate":
                found.setdefault("designate", self._words(other))
            elif label == "other_designation" and (other.clause == hit.clause):
                found.setdefault("other_scheme", self._words(other))
            elif label.startswith("tier."):
                found.setdefault("tier_here", self._words(other))
            elif label.startswith("therapy."):
                found.setdefault("therapy_here", self._words(other))
            if label.split(".")[0] == family:
                values.add(label)
        if found.keys() & {"authority", "designate", "asserted"}:
            found["designation_words"] = found.get("asserted") or found.get("designate") or found["authority"]
        if foreign and "act" not in found and "authority" not in found:
            found["authority_foreign"] = foreign
        if len(values) > 1:
            found["many"] = ", ".join(sorted(values))

    def _place_features(self, hit: Hit, sentence: Sentence, block: Block, found: dict[str, str]) -> None:
        words = hit.end - hit.start
        if len(block.text) <= _BADGE_CHARS and words >= _BADGE_SHARE * len(block.text) and "." not in sentence.text:
            found["badge"] = block.text
        if block.layer in ("alt", "meta", "jsonld"):
            found["in_alt"] = ""
        elif block.layer == "title":
            found["in_title"] = ""
        elif block.section == "main":
            found["in_main"] = ""
        if block.section == "nav":
            found["in_nav"] = ""
        elif block.section in ("footer", "header"):
            found["in_footer"] = ""
        elif block.section == "aside":
            found["in_aside"] = ""
        if block.kind == "heading":
            found["in_heading"] = ""
        elif block.kind in ("list_item", "row"):
            found["in_list"] = ""
        elif block.kind == "quote":
            found["in_quote"] = ""
        if any(
            start <= hit.start and hit.end <= end and end - start >= words + _SPEECH
            for start, end in self.quotes(block)
        ):
            found["in_speech"] = ""
        if len(self._laid_out(block, hit.label.split(".")[0])) >= _SCHEME:
            found["all_values"] = ""
        if any(char.isdigit() for char in self._words(hit)):
            found["identifier"] = self._words(hit)


def _reaches(cue: Hit, hit: Hit, family: str) -> bool:
    term = cue.entry.term
    if term.acts_on and family not in term.acts_on:
        return False
    if term.side == "before":
        return cue.first < hit.last and cue.first <= hit.first
    if term.side == "after":
        return cue.last > hit.first and cue.last >= hit.last
    return True


def labels_of(hits: tuple[Hit, ...]) -> Mapping[str, list[Hit]]:
    """Group hits by label."""
    grouped: dict[str, list[Hit]] = defaultdict(list)
    for hit in hits:
        grouped[hit.label].append(hit)
    return grouped
