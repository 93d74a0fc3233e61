"""Tests of the site as its own processes."""
