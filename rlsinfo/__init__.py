"""The restless legs guide of a vein clinic: articles for patients, requests for the clinic."""
