"""Audit what clinic pages claim about regenerative-medicine designation: tier, class, pathway, with the words that say so.

>>> from claimaudit import audit_html
>>> audit_html("<h1>Cell clinic</h1><p>We offer stem cell therapy …", url="https://clinic.example/").verdict  # doctest: +SKIP
'borrowed'
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .auditor import Auditor, audit, audit_html
    from .errors import ClaimAuditError
    from .framework import Framework
    from .types import Assessment

__all__ = ["Assessment", "Auditor", "ClaimAuditError", "Framework", "audit", "audit_html"]

_HOMES = {
    "Assessment": "types",
    "Auditor": "auditor",
    "ClaimAuditError": "errors",
    "Framework": "framework",
    "audit": "auditor",
    "audit_html": "auditor",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that ``import claimaudit`` costs nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module 'claimaudit' has no attribute {name!r}; public names: {', '.join(__all__)}")
    from importlib import import_module

    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return __all__
