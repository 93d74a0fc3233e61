"""What keeps the site going unseen: recurring jobs, backups, restoring them."""
