"""What the `local` concept writer is made of: rules and phrases, no model, no network."""
