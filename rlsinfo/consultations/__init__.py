"""Requests for a consultation: the form, what is stored, and the staff who answer."""
