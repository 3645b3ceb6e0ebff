"""From what was seen of a page to what is said of a link."""
