"""Tests of the grown shape: nginx, several web servers, a mail worker and PostgreSQL, each a process of its own."""
