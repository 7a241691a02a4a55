"""The values a page becomes on its walk: Fetched → Document → Reading → Assessment.

Every value is frozen; every later value points at the characters it came from. Offsets are character
offsets into ``Block.text``; hashes are lower-case hex SHA-256; times are ISO 8601 in UTC. The label sets are
those of ``data/codebook.md`` (a test compares the two).
"""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec

Role = Literal["provider", "intermediary", "vendor", "publisher", "unrelated"]
Therapy = Literal[
    "stem_cell",
    "svf",
    "exosome",
    "conditioned_medium",
    "growth_factor",
    "prp",
    "pdrn",
    "fat_graft",
    "immune_cell",
    "gene_modified",
    "ips_es",
    "cord_blood",
    "regenerative_generic",
]
Tier = Literal["center", "institution", "unspecified", "none"]
TierStatus = Literal["asserted", "negated", "pending", "third_party", "absent"]
RiskClass = Literal["low", "medium", "high"]
Pathway = Literal["licensed_product", "assessed_technology", "registered_trial", "foreign_scheme"]
Plan = Literal["none", "research", "treatment"]
Verdict = Literal["inconclusive", "none", "informational", "named", "partial", "adjacent", "other_pathway", "borrowed"]
Flag = Literal[
    "unspecified_designation",
    "designation_pending",
    "third_party_designation",
    "out_of_scope_as_act",
    "tier_below_risk",
    "class_mismatch",
    "substitute_authority",
    "efficacy_guarantee",
    "testimonial",
]
Safeguard = Literal[
    "consent_risk_level",
    "review_committee",
    "adverse_event_reporting",
    "follow_up_schedule",
    "baseline_imaging",
    "language_channel",
    "escalation_pathway",
    "processing_facility",
    "cell_source",
    "manipulation_procedure",
    "quality_control",
    "chain_of_custody",
    "designation_document",
    "scope_distinction",
    "facilitator_registration",
    "price_disclosed",
]
Outcome = Literal[
    "ok",
    "invalid_input",
    "refused_address",
    "robots_disallowed",
    "robots_unreachable",
    "dns_error",
    "connect_error",
    "tls_error",
    "timeout",
    "too_large",
    "too_many_redirects",
    "http_error",
    "not_html",
    "file_error",
]
"""How getting the bytes ended. Anything but ``ok`` is a recorded outcome, never an exception."""

Status = Literal["asserted", "negated", "pending", "third_party", "general", "question", "undecided"]
"""What a claim does with the words it uses. ``undecided`` means a person should look."""

BlockKind = Literal[
    "title",
    "heading",
    "paragraph",
    "list_item",
    "row",
    "caption",
    "question",
    "answer",
    "quote",
    "alt",
    "meta",
    "jsonld",
]
Layer = Literal["visible", "alt", "title", "meta", "jsonld", "ocr"]
Section = Literal["main", "nav", "header", "footer", "aside"]
Stage = Literal["gate", "terms", "rules", "models"]
"""How far a page is read: therapies only, every term at its face value, by the rules, by rules and models."""
Lang = str
"""``en``, ``ko``, ``ja``, ``zh-Hans``, ``zh-Hant``; other BCP 47 tags for languages that are not read; ``und``."""

ROLES: tuple[str, ...] = get_args(Role)
THERAPIES: tuple[str, ...] = get_args(Therapy)
TIERS: tuple[str, ...] = get_args(Tier)
TIER_STATUSES: tuple[str, ...] = get_args(TierStatus)
RISK_CLASSES: tuple[str, ...] = get_args(RiskClass)
PATHWAYS: tuple[str, ...] = get_args(Pathway)
PLANS: tuple[str, ...] = get_args(Plan)
VERDICTS: tuple[str, ...] = get_args(Verdict)
FLAGS: tuple[str, ...] = get_args(Flag)
SAFEGUARDS: tuple[str, ...] = get_args(Safeguard)


class Frozen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of every value: immutable, keyword-only, strict when loaded."""


# ── step 1: fetch ────────────────────────────────────────────────────────────────────────────────────


class Fetched(Frozen, frozen=True, kw_only=True):
    """The bytes of one page and how they were had; for files ``status`` is None and ``fetch`` data is absent."""

    source: str  # path or URL as given
    url: str = ""  # as requested ("" for files)
    final_url: str = ""  # after redirects
    outcome: Outcome = "ok"
    problem: str = ""  # what was found, what was expected, what to try; "" when ok
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()  # lower-case names, in order
    body: bytes = b""
    redirects: tuple[str, ...] = ()
    started: str = ""
    ended: str = ""
    user_agent: str = ""
    robots: Literal["allowed", "disallowed", "unreachable", "not_checked"] = "not_checked"
    crawl_delay: float | None = None  # seconds

    @property
    def content_type(self) -> str:
        """The Content-Type header as sent, or ""."""
        return next((value for name, value in self.headers if name == "content-type"), "")


# ── step 2: extract ──────────────────────────────────────────────────────────────────────────────────


class Block(Frozen, frozen=True, kw_only=True):
    """One run of text that belongs together: a heading, a paragraph, a table row, an answer, an alt text."""

    id: int
    kind: BlockKind
    text: str  # NFKC, white space collapsed, never empty
    section: Section = "main"
    layer: Layer = "visible"
    level: int = 0  # of a heading, 1-6; 0 otherwise
    heading: int | None = None  # id of the nearest heading above
    question: int | None = None  # id of the question that an answer belongs to
    path: str = ""  # CSS path of the element, stable for the same bytes


class Document(Frozen, frozen=True, kw_only=True):
    """A page as text blocks in reading order, with what could not be read."""

    url: str = ""
    lang: Lang = "und"
    charset: str = ""
    title: str = ""
    blocks: tuple[Block, ...] = ()
    names: tuple[str, ...] = ()  # candidates for the owner's name: title parts, og:site_name, JSON-LD, footer
    text_chars: int = 0  # of all text of the page, white space collapsed
    images: int = 0  # pictures of a size that can hold text
    images_without_alt: int = 0
    script_only: bool = False
    html_sha256: str = ""
    text_sha256: str = ""
    problem: str = ""  # why the page cannot be read; "" when it can
    limits: tuple[str, ...] = ()  # ids of sentences in data/text, with arguments after ":"


# ── steps 3 and 4: find and read ─────────────────────────────────────────────────────────────────────


class Mention(Frozen, frozen=True, kw_only=True):
    """A lexicon term found in a block."""

    label: str  # "therapy.stem_cell", "tier.institution", …
    block: int
    start: int
    end: int
    text: str
    rule: str  # lexicon entry: "ko/designation/institution"


class Claim(Frozen, frozen=True, kw_only=True):
    """What a mention asserts, who decided that, and on which cue."""

    mention: Mention
    status: Status
    offered: bool = False
    by: str = ""  # "rule:…" or "model:…"
    cue: str = ""  # the words that decided
    cue_rule: str = ""  # the lexicon entry of the cue
    confidence: float = 1.0
    doubt: str = ""  # why a person should look: "rule:tier-own says asserted (0.70) and model:assertion says general …"
    other: Status | None = None  # what the other opinion reads, where there is doubt
    other_offered: bool = False


class Speaker(Frozen, frozen=True, kw_only=True):
    """Who speaks on the page."""

    role: Role
    confidence: float
    by: str
    cues: tuple[Mention, ...] = ()
    doubt: str = ""  # why a person should look: the two likeliest roles
    other: Role = "unrelated"  # the second likeliest


class Reading(Frozen, frozen=True, kw_only=True):
    """All claims of a page, in page order, and its speaker."""

    speaker: Speaker
    claims: tuple[Claim, ...] = ()
    marks: tuple[
        str, ...
    ] = ()  # what the page says of its therapies as a whole: "donor.allogeneic", "purpose.cosmetic"
    instead: Reading | None = None  # where the speaker is in doubt: the page as the other role would have it


# ── step 5: assess ───────────────────────────────────────────────────────────────────────────────────


class Finding(Frozen, frozen=True, kw_only=True):
    """A claim as it is published: the words, where they stand, what they were read as and by which rule."""

    id: str  # "f1", "f2", … in page order
    variable: str  # therapy, tier, risk_class, pathway, plan, flag, safeguard, offer, role
    value: str
    status: Status
    offered: bool
    quote: str  # the sentence or line, cut to 300 characters
    text: str  # the exact words
    block: int
    char_start: int
    char_end: int
    layer: Layer
    section: Section
    selector: str
    rule_id: str
    decided_by: str
    cue: str
    confidence: float
    decided: Literal["yes", "review"]
    doubt: str  # the opinions where rule and model differ, or neither is sure; "" else


class ScoreComponent(Frozen, frozen=True, kw_only=True):
    """One line of the score: what was looked for, points given, points possible, and the findings that gave them."""

    id: str
    points: float
    max: float
    finding_ids: tuple[str, ...] = ()


class Review(Frozen, frozen=True, kw_only=True):
    """Something a person should decide."""

    variable: str
    value: str
    reason: str
    finding_id: str = ""


class Judgement(Frozen, frozen=True, kw_only=True):
    """The contract of every JSON record, of a page or of a site: these names, in this order."""

    source: str
    url: str
    lang: Lang
    role: Role
    verdict: Verdict
    tier: Tier
    tier_status: TierStatus
    risk_classes: tuple[RiskClass, ...]
    pathway: tuple[Pathway, ...]
    plan: Plan
    therapies: tuple[Therapy, ...]
    flags: tuple[Flag, ...]
    safeguards: tuple[Safeguard, ...]
    score: int | None
    verdict_alternatives: tuple[Verdict, ...]
    needs_review: tuple[Review, ...]
    findings: tuple[Finding, ...]
    limits: tuple[str, ...]
    provenance: dict[str, Any]


class Assessment(Judgement, frozen=True, kw_only=True):
    """The judgement of one page."""

    fetch: dict[str, Any] | None
    schema_version: str
    outcome: Outcome
    problem: str  # why the page could not be had or read; "" when it could
    title: str
    text_chars: int
    sentence: str  # the verdict in one neutral sentence
    verdict_rule: str
    offered: tuple[Therapy, ...]
    score_components: tuple[ScoreComponent, ...]
    to_verify: tuple[Safeguard, ...]  # safeguards not shown where a designation is asserted
    notes: tuple[str, ...]
    marks: tuple[str, ...]


class SiteAssessment(Judgement, frozen=True, kw_only=True):
    """The judgement of a site: its pages' labels united, and the same verdict rules run on the united facts.

    The tier is the highest asserted on any page; sets are unions; ``inconclusive`` only if no page was readable.
    """

    pages: tuple[Assessment, ...]
