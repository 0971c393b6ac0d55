"""Stand-ins for vendors of models: they speak the documented wire formats, and complain of requests that don't."""
