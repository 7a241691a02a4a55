"""From a web address to the bytes of a page: politely (robots.txt) and safely (address guard, limits)."""
