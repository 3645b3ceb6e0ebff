"""Runs jobs: all hosts at the same time, and each of them politely."""
