"""GY: form a ZMK of 2 to 9 components."""

from saklar.hsm_sim.families.components import Components
from saklar.hsm_sim.families.generation import forming_zmk
from saklar.hsm_sim.layout import digits, pair

COMMAND = forming_zmk(
    "GY",
    "Form a ZMK of 2 to 9 components",
    (
        digits("components", 1, "how many, 2 to 9", shown=True),
        Components(pair("component", "a component under the LMK"), "components"),
    ),
    scheme="Z",
)
