"""Name the ways a call can go wrong: a cause → one exception class of a single tree.

    ClaimAuditError
    ├── UsageError    the call or the command line asks for something that cannot be done
    ├── DataError     a file of rules, terms, sentences or settings cannot be used as it is
    ├── StudyError    a study's folder is missing, damaged, in use, or of another version
    └── ModelError    a trained model is missing or does not fit its description

A page that cannot be fetched or read is a recorded outcome, never one of these.
"""

from __future__ import annotations


class ClaimAuditError(Exception):
    """Catches every failure that claimaudit raises on purpose; its text is meant for the person at the keyboard."""


class UsageError(ClaimAuditError):
    """The call or the command line asks for something that cannot be done; the text says what to ask for instead."""


class DataError(ClaimAuditError):
    """A data file cannot be used as it is; the text names the file, the place, what was found and what is allowed."""


class StudyError(ClaimAuditError):
    """A study's folder is missing, damaged, in use, or of another version; the text says what to do with it."""


class ModelError(ClaimAuditError):
    """A trained model is missing or does not fit its description; the text names the model and how to train it."""


DONE, FAILED, USAGE, CONDITION, UNREADABLE, INTERRUPTED = 0, 1, 2, 3, 4, 130
"""Exit codes of the command line; ``claimaudit --help`` says what each means."""
