"""What is done about the vendor's events: one file for each subject, one line for each event in registry.py."""
