"""Tests of who signs in, and of what is written down."""
