"""What readers tell us: whether a page was useful, and what they looked for in vain. Nobody is known by it."""
