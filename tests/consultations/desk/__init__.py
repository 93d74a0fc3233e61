"""The pages on which staff work: what stands on them, what their buttons do, and who may open them."""
