"""What LemonSqueezy's webhooks did not tell, asked for: they are dropped for good after minutes of downtime."""
