"""Reports what was found: on the console, in files, to GitHub."""
