"""Audit what clinic pages claim about regenerative-medicine designation: tier, class, pathway, and the words for it.

>>> from claimaudit import audit_html
>>> page = "<h1>Our clinic</h1><p>We offer stem cell therapy …"
>>> audit_html(page, url="https://clinic.example/").verdict  # doctest: +SKIP
'borrowed'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .auditor import Auditor, audit, audit_html
    from .errors import ClaimAuditError
    from .framework import Framework
    from .study import Study
    from .types import Assessment, SiteAssessment

__all__ = [
    "Assessment",
    "Auditor",
    "ClaimAuditError",
    "Framework",
    "SiteAssessment",
    "Study",
    "audit",
    "audit_html",
]

_HOMES = {
    "Assessment": "types",
    "Auditor": "auditor",
    "ClaimAuditError": "errors",
    "Framework": "framework",
    "SiteAssessment": "types",
    "Study": "study",
    "audit": "auditor",
    "audit_html": "auditor",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that ``import claimaudit`` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'claimaudit' has no attribute {name!r}; public names: {', '.join(__all__)}")
    from importlib import import_module

    value: object = getattr(import_module(f".{_HOMES[name]}", __name__), name)
    return value


def __dir__() -> list[str]:
    return __all__
