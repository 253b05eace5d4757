"""Traffic that was recorded, live or in a packet capture, as the draft of a scenario file.

`capture` reads files, `Tap` stands between two parties; both give a `Recording`, of which `draft_of` makes the text.
Nothing secret is in it: card numbers become test numbers, and what may hold a track, a CVV,
a PIN block or a key is not written.
"""

from saklar.network_sim.draft.heard import Recording, recording_of
from saklar.network_sim.draft.tap import Tap
from saklar.network_sim.draft.writing import About, Draft, draft_of

__all__ = ["About", "Draft", "Recording", "Tap", "draft_of", "recording_of"]
