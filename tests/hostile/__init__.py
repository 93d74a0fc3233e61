"""Hostile requests, made up by the thousand, for every address of the site."""
