"""What a request may say, in the words of a scenario file and of the verbs; files cannot be named."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from opioidsim.cases.dose import parse
from opioidsim.cases.scenario import Scenario, from_table
from opioidsim.refusal import Refusal
from opioidsim.web.limits import SENTENCE, SENTENCES, placed, sized

Text = Annotated[str, Field(max_length=SENTENCE)]
EXAMPLE = {"doses": ["naltrexone 50 mg oral every 24 h x 3", "heroin 25 mg iv at 2 d"], "duration": "4 d"}
OVERDOSE = {
    "clock": "episode",
    "doses": ["fentanyl 1.6 mg iv"],
    "duration": "30 min",
    "rescue": {"drug": "naloxone 4 mg nasal"},
}
FILES = ("dosing", "table")  # keys of a scenario that name files
OWN = 400_000  # characters of a file of one's own
OWN_NAME = r"^[A-Za-z0-9][A-Za-z0-9 _.-]{0,60}\.(csv|tsv|txt|toml)$"
LARGEST = 2**53  # whole numbers beyond are not the same in a page


class Body(BaseModel):
    """A request: unknown keys are refused."""

    model_config = ConfigDict(extra="forbid")


class Own(Body):
    """A file of one's own, as its text: an event table, a plan of a trial, a scenario. Its name is that which the copies give it."""

    name: Annotated[str, Field(pattern=OWN_NAME)]
    text: Annotated[str, Field(max_length=OWN)]


class ScenarioBody(RootModel[dict[str, Any]]):
    """A scenario as in a TOML file, without tables of draws and dosing files."""

    def scenario(self) -> Scenario:
        """The scenario, sound and small enough; refuses with the field that is wrong."""
        given = self.root
        _small(given)
        before, rescue = given.get("before"), given.get("rescue")
        sentences(given.get("doses"), "doses")
        sentences(before.get("doses") if isinstance(before, dict) else None, "before.doses")
        sentences(rescue.get("drug") if isinstance(rescue, dict) else None, "rescue.drug")
        return sized(from_table({key: value for key, value in given.items() if value is not None}, ""))

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema, handler):
        """The scenario's own shape, in which no file can be named."""
        whole = Scenario.model_json_schema()
        found = _inlined(whole, whole.pop("$defs"))
        return found | {"title": cls.__name__, "description": cls.__doc__, "examples": [EXAMPLE, OVERDOSE]}


def _inlined(schema: Any, known: dict) -> Any:
    """A schema with its definitions in place, and with the limits of a page."""
    if isinstance(schema, list):
        return [_inlined(each, known) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(known[schema["$ref"].rpartition("/")[2]], known)
    found = {key: _inlined(each, known) for key, each in schema.items()}
    found["properties"] = {key: each for key, each in found.get("properties", {}).items() if key not in FILES}
    limits = {"string": {"maxLength": SENTENCE}, "array": {"maxItems": SENTENCES}, "integer": {"maximum": LARGEST}}
    limit = limits.get(schema.get("type", ""), {}) if isinstance(schema.get("type", ""), str) else {}
    if schema.get("type") == "string" and not isinstance(schema.get("default", ""), str):
        del found["default"]  # a text that was read: its number is no text
    return {key: each for key, each in (found | limit).items() if each != {} or key != "properties"}


def _small(given: Any, where: str = "") -> None:
    """Refuses texts, lists and numbers that are too large for a request, and names of files."""
    last = where.rpartition(".")[2]
    if last in FILES:
        raise Refusal(f'"{last}" names a file, and a request can name none; run it on the command line.', where=where)
    if isinstance(given, str) and len(given) > SENTENCE:
        raise Refusal(f"{where}: it has {len(given)} characters; at most {SENTENCE}.", where=where)
    if isinstance(given, int) and not isinstance(given, bool) and abs(given) >= LARGEST:
        raise Refusal(f"{where}: it is too large a number; at most {LARGEST - 1}.", where=where)
    if isinstance(given, list | dict):
        if len(given) > SENTENCES:
            raise Refusal(f"{where}: {len(given)} were given; at most {SENTENCES}.", where=where)
        for key, each in given.items() if isinstance(given, dict) else enumerate(given):
            _small(each, f"{where}.{key}" if where else str(key))


class RunBody(Body):
    """A scenario; others on the same clock to set against it, and how they are drawn; studies, or arms of them, whose points are laid
    on the figure; and a table of one's own, with TIME and DV, for the same."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"scenario": EXAMPLE, "against": []}]})

    scenario: ScenarioBody
    against: Annotated[list[ScenarioBody], Field(max_length=5)] = []
    view: Literal["together", "apart", "difference"] = "together"
    beside: Annotated[list[Text], Field(max_length=12)] = []
    own: Own | None = None

    def scenarios(self) -> list[Scenario]:
        """Each of them, sound and small enough; a refusal names the field."""
        found = [self.scenario.scenario()]
        for number, each in enumerate(self.against):
            try:
                found.append(each.scenario())
            except Refusal as refusal:
                raise placed(refusal, f"against.{number}.{getattr(refusal, 'where', '')}") from None
        return found

    def points(self) -> list[str]:
        """What is laid on the figure, as the command names it. A file on this machine cannot be named."""
        for name in self.beside:
            if name.lower().endswith((".csv", ".tsv", ".txt")):
                raise placed(
                    Refusal(f'"{name}" names a file, and a request can name none; send its text as `own`.'), "beside"
                )
        return [*self.beside, *([self.own.name] if self.own else [])]


def sentences(given: Any, where: str) -> None:
    """Refuses a dose that cannot be read, and names its place; what is no list of texts is refused by the scenario itself."""
    for number, text in enumerate(given if isinstance(given, list) else [given]):
        if isinstance(text, str):
            try:
                parse(text)
            except Refusal as refusal:
                raise placed(refusal, f"{where}.{number}" if isinstance(given, list) else where) from None
