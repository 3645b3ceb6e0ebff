"""What others keep private, or have in some versions only, by whose it is."""
