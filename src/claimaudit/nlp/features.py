"""Work out what stands around a mention: view + hit → features, each with the words that made it true.

A *feature* is a named fact about one mention ("a negation cue reaches it", "its heading is general"). ``FEATURES``
lists and explains every name that ``data/reading.toml`` may use. Each function below finds a few of them; the first
words found are kept as the cue.
"""

from __future__ import annotations

from ..types import Block
from .mentions import Hit
from .view import Sentence, View

CUES = (
    *("self", "this", "hearer", "generic", "other_party", "comparison", "negated", "pending", "past", "modal"),
    *("condition", "define", "quote", "question", "asserted", "news"),
)

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
    "elsewhere": "the page names another country and nowhere Korea (looked up where a designation has no tier)",
    "is_unspecified": "the mention names no tier",
    "is_testimonial": "the mention is a patient's story or an endorsement",
    "is_credential": "the mention is another credential",
    "is_guarantee": "the mention promises a result or that nothing can go wrong (safe for anyone)",
    "pathway_here": "another pathway is named in the sentence",
    "is_center": "the mention is a center tier (hospitals also call a department so)",
    "denied_next": "the next sentence is a short denial (We do not. / 아닙니다.)",
    "is_question": "the sentence ends with a question mark or an asking ending, or the block is a pair's question",
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
    "all_values": "its block, or the rows or items beside it, name other values of the variable: a scheme laid out",
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

Found = dict[str, str]

_BADGE_CHARS = 60
_BADGE_SHARE = 0.3
_SHORT_DENIAL = 40
_SPEECH = 8  # characters that a quotation holds beyond the term, to be more than an emphasised name
_SCHEME = 3  # values beside each other
_SHOWN = 40
_QUESTION_ENDS = ("?", "？")
_CLOSERS = "\"'”’」』) "
_IN_SCOPE = ("stem_cell", "svf", "immune_cell", "gene_modified", "ips_es", "cord_blood")
_OFFERS = ("offer.provide", "offer.action", "offer.price")
_FOREIGN = ("act.foreign", "authority.foreign", "pathway.foreign_scheme")
_PROMOTERS = ("provider", "intermediary", "vendor")


def features_of(view: View, hit: Hit) -> Found:
    """Return the features of a mention: name → the words that made it true ("" where none can be shown)."""
    found: Found = {}
    sentence, block = view.sentences[hit.sentence], view.blocks[hit.block]
    above = view.heading_chain(block)
    _cues(view, hit, sentence, found)
    _names(view, hit, sentence, found)
    _neighbours(view, hit, sentence, found)
    _headings(view, block, above, found)
    _speaker(view, found)
    _offers(view, hit, sentence, found)
    _offers_around(view, block, above, found)
    _scheme(view, hit, [*sentence.hits, *(h for heading in above for h in view.by_block[heading.id])], found)
    _values(view, hit, sentence, block, found)
    _form(view, hit, sentence, block, found)
    _layer(block, found)
    return found


def _cues(view: View, hit: Hit, sentence: Sentence, found: Found) -> None:
    family = hit.label.partition(".")[0]
    for cue in sentence.hits:
        head, _, name = cue.label.partition(".")
        if head != "cue" or not _reaches(cue, hit, family):
            continue
        near = _near(view, cue, hit)
        if near:
            found.setdefault(f"{name}_near", view.words(cue))
        if near or cue.entry.term.scope == "sentence":
            found.setdefault(name, view.words(cue))


def _reaches(cue: Hit, hit: Hit, family: str) -> bool:
    """Tell whether a cue acts on this kind of mention from the side where it stands."""
    term = cue.entry.term
    if term.acts_on and family not in term.acts_on:
        return False
    if term.side == "before":
        return cue.first < hit.last and cue.first <= hit.first
    if term.side == "after":
        return cue.last > hit.first and cue.last >= hit.last
    return True


def _near(view: View, other: Hit, hit: Hit) -> bool:
    """Tell whether two hits share a clause."""
    return hit.clause in (other.clause, view.clause[other.last - 1])


def _names(view: View, hit: Hit, sentence: Sentence, found: Found) -> None:
    if view.owned(sentence.text):
        found.setdefault("self", "(owner's name)")
        found.setdefault("self_near", "(owner's name)")
    tiers = [view.words(h) for h in sentence.hits if h.label.startswith("tier.")]
    for name in view.others(sentence):
        if not any(name in tier or tier in name for tier in tiers):
            found.setdefault("other_facility", name)
    if hit.label == "processing_licence":
        for company in view.owner.companies_in(sentence.text):
            found.setdefault("other_company", company)


def _neighbours(view: View, hit: Hit, sentence: Sentence, found: Found) -> None:
    numbers = view.order[hit.block]
    place = numbers.index(hit.sentence)
    if place and not found.keys() & {"other_facility", "other_party", "generic"}:
        before = view.sentences[numbers[place - 1]]
        if any(h.label == "cue.self" for h in before.hits) or view.owned(before.text):
            found["self_before"] = before.text[:_SHOWN]
        for other in before.hits:
            if other.label == "cue.this":
                found.setdefault("this", view.words(other))
    if place + 1 < len(numbers):
        after = view.sentences[numbers[place + 1]]
        if len(after.text) <= _SHORT_DENIAL and any(h.label in ("offer.denied", "cue.negated") for h in after.hits):
            found["denied_next"] = after.text
    said = sentence.text.rstrip(_CLOSERS)
    asked = any(h.label == "cue.question" and h.end >= sentence.start + len(said) - 1 for h in sentence.hits)
    if asked or said.endswith(_QUESTION_ENDS):  # 〜ますか。 asks without a question mark
        found["is_question"] = sentence.text[-_SHOWN // 2 :]


def _headings(view: View, block: Block, above: list[Block], found: Found) -> None:
    answers = block.kind == "answer" or block.question is not None
    if answers:
        found["in_answer"] = ""
    asks = any(hit.label == "cue.question" for hit in view.by_block[block.id]) or block.text[:1] in ("Q", "q")
    if block.kind == "question" and asks:
        found["is_question"] = block.text[-_SHOWN // 2 :]
    for heading in above:
        hits = view.by_block[heading.id]
        if view.owned(heading.text) or any(hit.label == "cue.self" for hit in hits):
            found.setdefault("self_heading", heading.text[:_SHOWN])
        # "FAQ" only announces: an answer below it is as much the speaker's own as any sentence
        own_topic = not answers or heading.id == block.question
        for hit in hits:
            if hit.label == "cue.this":
                found.setdefault("this", view.words(hit))
            elif own_topic and hit.label.startswith("section."):
                found.setdefault("heading_" + hit.label.removeprefix("section."), view.words(hit))


def _speaker(view: View, found: Found) -> None:
    found[f"role_{view.speaker.role}"] = ""
    if view.advertorial:
        found["advertorial"] = ""
    if view.advertorial or view.speaker.role in _PROMOTERS:
        found["promoter"] = ""
    if view.foreign:
        found["foreign_page"] = ""
    if view.elsewhere:
        found["elsewhere"] = ""


def _offers(view: View, hit: Hit, sentence: Sentence, found: Found) -> None:
    for other in sentence.hits:
        head, _, name = other.label.partition(".")
        if head != "offer":
            continue
        near = _near(view, other, hit) or (other.first < hit.last and hit.first < other.last)
        if other.label in _OFFERS:
            found.setdefault(name, view.words(other))
            found.setdefault("offer", view.words(other))
            if near:
                found.setdefault("offer_near", view.words(other))
        elif near:  # denied, mechanism, explain
            found.setdefault(name, view.words(other))


def _offers_around(view: View, block: Block, above: list[Block], found: Found) -> None:
    for place in (block, *above):
        for hit in view.by_block[place.id]:
            if hit.label in _OFFERS:
                found.setdefault("offer_block", view.words(hit))


def _scheme(view: View, hit: Hit, around: list[Hit], found: Found) -> None:
    """Find Korea's Act, another country's scheme and the therapies in the sentence and its headings."""
    foreign = ""
    for other in around:
        if other.label == "act.kr":
            found.setdefault("act", view.words(other))
        elif other.label in _FOREIGN:
            foreign = foreign or view.words(other)
        elif other.label.startswith("therapy."):
            found.setdefault("this_therapy", view.words(other))
            if other.label == hit.label and other.block != hit.block:
                found.setdefault("heading_therapy", view.words(other))
            if other.label.removeprefix("therapy.") in _IN_SCOPE:
                found.setdefault("cells_here", view.words(other))
    if (
        foreign
        and "act" not in found
        and not any(h.label == "authority.kr" and h.sentence == hit.sentence for h in around)
    ):
        found["authority_foreign"] = foreign


_NAMED = {
    "tier.center": "is_center",
    "tier.unspecified": "is_unspecified",
    "flag.testimonial": "is_testimonial",
    "flag.substitute_authority": "is_credential",
    "flag.efficacy_guarantee": "is_guarantee",
}
_IN_SENTENCE = {"authority.kr": "authority", "designate": "designate"}


def _values(view: View, hit: Hit, sentence: Sentence, block: Block, found: Found) -> None:
    """Find words of designation, other values of the same variable, and what the mention itself names."""
    family = hit.label.partition(".")[0]
    values = {hit.label}
    for other in sentence.hits:
        head = other.label.partition(".")[0]
        if other.label in _IN_SENTENCE:
            found.setdefault(_IN_SENTENCE[other.label], view.words(other))
        elif other.label == "other_designation" and other.clause == hit.clause:
            found.setdefault("other_scheme", view.words(other))
        elif head in ("tier", "therapy", "pathway"):
            found.setdefault(f"{head}_here", view.words(other))
        if head == family:
            values.add(other.label)
    if len(values) > 1:
        found["many"] = ", ".join(sorted(values))
    if len(view.laid_out(block, family)) >= _SCHEME:
        found["all_values"] = ""
    for name in ("asserted", "designate", "authority"):
        if name in found:
            found.setdefault("designation_words", found[name])
    if hit.label in _NAMED:
        found[_NAMED[hit.label]] = ""


def _form(view: View, hit: Hit, sentence: Sentence, block: Block, found: Found) -> None:
    """Find how the mention stands in its block: as a badge, in quotation marks, with a number."""
    size = hit.end - hit.start
    if len(block.text) <= _BADGE_CHARS and size >= _BADGE_SHARE * len(block.text) and "." not in sentence.text:
        found["badge"] = block.text
    if any(a <= hit.start and hit.end <= b and b - a >= size + _SPEECH for a, b in view.quotes(block)):
        found["in_speech"] = ""
    words = view.words(hit)
    if any(char.isdigit() for char in words):
        found["identifier"] = words


_LAYERS = {"alt": "in_alt", "meta": "in_alt", "jsonld": "in_alt", "title": "in_title"}
_SECTIONS = {"nav": "in_nav", "footer": "in_footer", "header": "in_footer", "aside": "in_aside"}
_KINDS = {"heading": "in_heading", "list_item": "in_list", "row": "in_list", "quote": "in_quote"}


def _layer(block: Block, found: Found) -> None:
    places = (_LAYERS.get(block.layer), _SECTIONS.get(block.section), _KINDS.get(block.kind))
    found.update({place: "" for place in places if place})
    if block.layer not in _LAYERS and block.section == "main":
        found["in_main"] = ""
