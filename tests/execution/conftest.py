"""Property tests are judged by what they find, never by how long the machine took."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")
