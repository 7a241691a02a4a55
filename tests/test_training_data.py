"""The training data: enough of them, written and not expanded, apart from the evaluation pages, coded twice in part."""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from claimaudit.coding import agreement_lines, labelled_sentences
from claimaudit.errors import DataError
from claimaudit.extract import document, parse
from claimaudit.nlp.sentences import spans
from claimaudit.nlp.speaker import ROLES
from claimaudit.outlines import fragments, load_outlines, place, to_html
from claimaudit.types import Fetched

ROOT = Path(__file__).parents[1]
OUTLINES = load_outlines()
SENTENCES = [(outline, sentence) for outline in OUTLINES for sentence in labelled_sentences(outline)]
LEAST = {"en": 700, "ko": 700, "ja": 350, "zh": 350}


def grams(text):
    """The character 5-grams of a text, case and white space folded."""
    folded = " ".join(text.casefold().split())
    return frozenset(folded[at : at + 5] for at in range(max(1, len(folded) - 4)))


class Index:
    """Sentences by their 5-grams: which ones resemble a text?"""

    def __init__(self):
        self.sentences = []
        self.holders = defaultdict(list)

    def add(self, sentence):
        """Add a sentence."""
        found = grams(sentence)
        for gram in found:
            self.holders[gram].append(len(self.sentences))
        self.sentences.append((sentence, found))

    def alike(self, text, above):
        """The sentences whose Jaccard similarity with a text is above a bound."""
        wanted = grams(text)
        shared = Counter(place for gram in wanted for place in self.holders.get(gram, ()))
        pairs = ((self.sentences[place], count) for place, count in shared.items())
        return [sentence for (sentence, found), count in pairs if count / (len(found) + len(wanted) - count) > above]


def test_there_are_enough_sentences_in_each_language():
    """At least 2,500 labelled sentences in all, and outlines of all four speakers."""
    counts = Counter(outline.lexicon for outline, _ in SENTENCES)
    assert {lang: counts[lang] for lang, least in LEAST.items() if counts[lang] < least} == {}
    assert counts.total() >= 2500
    roles = Counter(outline.role for outline in OUTLINES)
    assert len(OUTLINES) >= 240
    assert all(roles[role] >= 60 for role in ROLES)


def test_no_two_sentences_are_one_template():
    """Two labelled sentences share at most 60 % of their 5-grams."""
    index = Index()
    twins = []
    for outline, sentence in SENTENCES:
        twins += [(outline.id, sentence, other) for other in index.alike(sentence, 0.6)]
        index.add(sentence)
    assert twins == []


def test_nothing_of_the_evaluation_pages_is_in_the_training_data():
    """No sentence of a gold page shares more than half of its 5-grams with a labelled sentence."""
    index = Index()
    for _, sentence in SENTENCES:
        index.add(sentence)
    alike = []
    for path in sorted((ROOT / "data" / "gold" / "pages").glob("*.html")):
        page = document(parse(Fetched(source=path.name, body=path.read_bytes())))
        texts = (block.text[start:end].strip() for block in page.blocks for start, end in spans(block.text))
        alike += [(path.name, text, other) for text in texts for other in index.alike(text, 0.5)]
    assert alike == []


def test_labels_are_those_of_the_codebook_and_cues_stand_on_the_page():
    """Variables are labels of the lexicons, only therapies are offered, and every cue can be found."""
    from claimaudit.lexicon import ALL_LABELS

    for outline in OUTLINES:
        whole = "\n".join(block.text for block in outline.blocks)
        for block in outline.blocks:
            for mention in block.mentions:
                assert mention.variable in ALL_LABELS, outline.id
                assert mention.variable.startswith("therapy.") or not mention.offered, outline.id
                assert mention.cue in whole, (outline.id, mention.cue)


def test_every_labelled_mention_is_found_again_in_the_page_that_is_made_of_its_outline():
    """Written out as HTML and extracted anew, the words of each mention stand where they were labelled."""
    for outline in OUTLINES:
        page = document(parse(Fetched(source=outline.id, body=to_html(outline))))
        placed, lost = place(outline, page)
        assert lost == [], outline.id
        blocks = {block.id: block.text for block in page.blocks}
        assert all(one.end <= len(blocks[one.block]) for one in placed)


def test_fragments_are_parts_of_their_page():
    """The body and its halves hold blocks of the outline and nothing else, and keep its site and speaker."""
    for outline in OUTLINES[:40]:
        for part in fragments(outline):
            assert set(part.blocks) <= set(outline.blocks)
            assert (part.site, part.role) == (outline.site, outline.role)


def test_a_second_coder_labelled_at_least_300_sentences():
    """The second labels point at mentions that exist, and both coders agree far beyond chance."""
    rows = [json.loads(line) for line in (ROOT / "data/training/second_coder.jsonl").read_text("utf-8").splitlines()]
    by_id = {outline.id: outline for outline in OUTLINES}
    mentions = [row for row in rows if "mention" in row]
    assert len({(row["id"], row["block"]) for row in mentions}) >= 300
    assert all(by_id[row["id"]].blocks[row["block"]].mentions[row["mention"]] for row in mentions)
    kappas = [float(line.split()[-1]) for line in agreement_lines(ROOT / "data" / "training", OUTLINES)[1:]]
    assert len(kappas) == 6
    assert min(kappas) > 0.8


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 1"),
        ('{"id": "x", "site": "x", "lang": "en", "role": "nobody", "blocks": []}', "nobody"),
        (
            '{"id": "x", "site": "x", "lang": "en", "role": "vendor", "blocks": [{"kind": "paragraph", "text": "PRP",'
            ' "mentions": [{"start": 0, "end": 9, "variable": "therapy.prp", "status": "asserted"}]}]}',
            "outside",
        ),
    ],
)
def test_a_broken_line_is_named(tmp_path, line, message):
    """File, line and what is wrong."""
    (tmp_path / "en.jsonl").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=message):
        load_outlines(tmp_path)


def test_a_folder_without_outlines_is_named(tmp_path):
    """What was looked for."""
    with pytest.raises(DataError, match=r"en\.jsonl"):
        load_outlines(tmp_path)
