"""Tests of requests for a consultation."""
