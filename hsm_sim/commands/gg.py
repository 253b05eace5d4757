"""GG: form a ZMK of three components."""

from saklar.hsm_sim.families.components import Components
from saklar.hsm_sim.families.generation import forming_zmk
from saklar.hsm_sim.layout import pair

COMMAND = forming_zmk(
    "GG", "Form a ZMK of three components", (Components(pair("component", "a component under the LMK"), 3),), scheme="X"
)
