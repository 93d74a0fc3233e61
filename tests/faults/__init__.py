"""The site as real processes while something breaks: nothing is lost, nothing is said that is not so."""
