"""Find terms in a document's blocks and read what each of them asserts."""
