"""Shows readers of the HTML how the links fare."""
