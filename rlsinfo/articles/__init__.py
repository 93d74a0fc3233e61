"""Text to page: articles in Markdown and the evidence they rest on; no models, no database."""
