"""Commands that act on what a check found: rewrite what moved, look up copies."""
