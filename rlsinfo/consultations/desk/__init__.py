"""The pages on which staff work the requests; each checks who asks, and writes down what was seen."""
