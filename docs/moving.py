"""The moving figure of the landing page: a month under the injection, as a picture that moves without a script."""

import numpy as np

import opioidsim as ops

DOTS, SIDE, GAP = 200, 20, 17
WIDTH, TOP = 720, 190
DAYS, SECONDS = 84, 16
BLUE, EMPTY, INK = "#1f6f8b", "#d5dde3", "#66727e"


def figure() -> str:
    """The SVG: receptors held by naltrexone, and what is blocked of 25 mg heroin, day by day; still for who wants it still."""
    course = ops.Scenario(
        doses=["naltrexone 380 mg im-depot"],
        duration=f"{DAYS} d",
        every="1 d",
        outputs=["occupancy.naltrexone"],
    )
    run = ops.simulate(course)
    held = np.ravel(run["occupancy.naltrexone"])
    asked = ops.blockade("naltrexone 380 mg im-depot", "heroin 25 mg iv", days=DAYS, every=2)
    days = [row["day"] for row in asked.rows()]
    blocked = [row["blockade"] for row in asked.rows()]
    dots = "".join(_dot(n, held) for n in range(DOTS))
    places = [(40 + 640 * day / DAYS, TOP + 120 - 100 * share) for day, share in zip(days, blocked, strict=True)]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    xs, ys = (";".join(f"{place[k]:.1f}" for place in places) for k in (0, 1))
    move = f'dur="{SECONDS}s" repeatCount="indefinite"'
    ticks = "".join(
        f'<text x="{40 + 640 * day / DAYS:.0f}" y="{TOP + 142}" text-anchor="middle">day {day}</text>'
        for day in range(0, DAYS + 1, 14)
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {TOP + 155}" role="img" aria-labelledby="t d">
<title id="t">Twelve weeks after 380 mg naltrexone</title>
<desc id="d">Of 200 receptors {round(DOTS * held[1])} are held by naltrexone on day 1, {round(DOTS * held[28])} on day 28 and {round(DOTS * held[-1])} on day {DAYS}; of 25 mg heroin {blocked[1]:.0%} is blocked on day 2, {blocked[14]:.0%} on day 28 and {blocked[-1]:.0%} on day {DAYS}.</desc>
<style>text {{ font: 12px Helvetica, Arial, sans-serif; fill: {INK} }}
@media (prefers-reduced-motion: reduce) {{ .day {{ display: none }} }}</style>
<g>{dots}</g>
<polyline points="{line}" fill="none" stroke="{BLUE}" stroke-width="2.5"/>
<line x1="40" x2="680" y1="{TOP + 120}" y2="{TOP + 120}" stroke="{INK}"/>
<text x="40" y="{TOP + 8}">of 25 mg heroin into a vein, blocked on that day</text>{ticks}
<text x="34" y="{TOP + 24}" text-anchor="end">100%</text><text x="34" y="{TOP + 124}" text-anchor="end">0</text>
<circle class="day" r="6" cx="40" cy="{TOP + 20}" fill="{BLUE}"><animate attributeName="cx" values="{xs}" {move}/><animate attributeName="cy" values="{ys}" {move}/></circle>
</svg>
"""


def _dot(number: int, held) -> str:
    """A receptor: blue on the days on which more than its share of all are held. Which come first is scattered."""
    rank = (number * 89 + 31) % DOTS  # 89 shares no factor with 200: each rank once
    x, y = 190 + number % SIDE * GAP, 14 + number // SIDE * GAP
    on = [share * DOTS > rank for share in held]
    turns = [0] + [day for day in range(1, len(on)) if on[day] != on[day - 1]]
    mid = BLUE if on[len(on) // 2] else EMPTY
    if len(turns) == 1:
        return f'<circle cx="{x}" cy="{y}" r="6" fill="{mid}"/>'
    colours = ";".join(BLUE if on[day] else EMPTY for day in turns)
    moments = ";".join(f"{day / (len(on) - 1):.3f}" for day in turns)
    return (
        f'<circle cx="{x}" cy="{y}" r="6" fill="{mid}"><animate attributeName="fill" calcMode="discrete" '
        f'values="{colours}" keyTimes="{moments}" dur="{SECONDS}s" repeatCount="indefinite"/></circle>'
    )
