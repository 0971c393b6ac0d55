"""Hostile bytes in, harmless pixels out: by processes that may die of it.

`decoder` hands the pictures out, `child` is such a process as the imager sees it, `worker` is what runs in it, `wire`
how the two talk, `background` how a picture is opened. Nothing is imported here: a child holds no more than it needs.
"""
