"""Assessments in the shapes that people and programs read: one module, one function each."""
