"""The scene of an episode: whether somebody is there, what is breathed, and whether its CO2 is held."""

from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from opioidsim.facts import units
from opioidsim.facts.evidence import Table
from opioidsim.refusal import shown

AIR = ("air_O2", "P_B", "P_H2O")  # facts of breathing on which only a scene with its own oxygen rests
BREATHING = (
    "ventilation",
    "arterial_o2",
    "arterial_co2",
    "saturation",
    "brain_o2",
    "blood_flow",
    "cardiac_arrest",
    "collapse",
)
CLAMPED = ("ventilation", "arterial_co2")  # of these, what is known while CO2 is held
LEAST_OXYGEN, MOST_OXYGEN = 10.0, 100.0  # percent
LEAST_CO2, MOST_CO2 = 35.0, 80.0  # mmHg


def _oxygen(given):
    """An inspired share of oxygen, 0..1, from a text such as "50 %"."""
    if given is None:
        return None
    if isinstance(given, int | float) and not isinstance(given, bool):
        raise ValueError(f'it was given as "{shown(given)}" without a unit; write for example "50 %".')
    percent = units.quantity(given, "%", "the inspired oxygen")
    if not LEAST_OXYGEN <= percent <= MOST_OXYGEN:
        raise ValueError(
            f'it is "{shown(given)}"; {LEAST_OXYGEN:g} to {MOST_OXYGEN:g} % can be breathed here, and air is 21 %.'
        )
    return percent / 100.0


def _co2(given):
    """An end-tidal CO2 pressure [mmHg] from a text such as "55 mmHg"."""
    if given is None:
        return None
    pressure = units.quantity(given, "mmHg", "the end-tidal CO2")
    if not LEAST_CO2 <= pressure <= MOST_CO2:
        raise ValueError(f'it is "{shown(given)}"; {LEAST_CO2:g} to {MOST_CO2:g} mmHg can be held.')
    return pressure


class Scene(Table):
    """What is around a person in an episode. attended: somebody is there and says to breathe. oxygen: the share of it that is
    inspired, None: air. end_tidal_co2: held at this pressure [mmHg] while ventilation is measured, None: free."""

    attended: bool = False
    oxygen: Annotated[
        float | None, BeforeValidator(_oxygen), WithJsonSchema({"type": "string", "examples": ["50 %"]})
    ] = None
    end_tidal_co2: Annotated[
        float | None, BeforeValidator(_co2), WithJsonSchema({"type": "string", "examples": ["55 mmHg"]})
    ] = None

    def scene(self) -> dict[str, Any]:
        """What was said of the scene, as a table holds it; empty where nothing was."""
        said: dict[str, Any] = {"attended": self.attended or None}
        said["oxygen"] = None if self.oxygen is None else f"{100.0 * self.oxygen:.15g} %"
        said["end_tidal_co2"] = None if self.end_tidal_co2 is None else f"{self.end_tidal_co2:.15g} mmHg"
        return {key: value for key, value in said.items() if value is not None}

    def unsaid(self) -> tuple[str, ...]:
        """The facts of breathing on which this scene does not rest."""
        return (*(() if self.attended else ("commanded",)), *(AIR if self.oxygen is None else ()))

    def seen(self) -> tuple[str, ...]:
        """What of breathing can be seen in this scene."""
        return BREATHING if self.end_tidal_co2 is None else CLAMPED

    def shows(self, name: str) -> None:
        """Refuses what of breathing cannot be seen in this scene."""
        if name in BREATHING and self.end_tidal_co2 is not None and name not in CLAMPED:
            raise ValueError(
                f"`{name}` cannot be shown while `end_tidal_co2` is held, which keeps oxygen and blood flow as at rest; "
                'ask for "ventilation" or "arterial_co2".'
            )

    def sound_scene(self, reading: str, rule: str) -> None:
        """Refuses what does not go with this scene. reading: of the whole model; rule: the key of one about oxygen or help."""
        if reading and self.attended:
            raise ValueError(
                f'the reading "{reading}" knows nobody who is there; leave `attended` out, or the reading.'
            )
        if rule and self.end_tidal_co2 is not None:
            raise ValueError(
                f"`{rule}` does not go with `end_tidal_co2`: while CO2 is held nobody runs short of oxygen; "
                "leave one of them out, and give an antagonist as a dose, with its time."
            )
