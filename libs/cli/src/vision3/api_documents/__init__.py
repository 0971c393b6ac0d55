"""The contracts of REST and of the bus as documents, generated from the code and held against the last release."""
