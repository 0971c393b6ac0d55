"""Calls to vendors of models: bounded in time and size, rationed over all processes, their failures classified."""
