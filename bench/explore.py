"""What the explorer costs its reader: until the server answers, the first page, a moved dose, twenty readers at once.

    python bench/explore.py [--seconds 60] [--users 20] [--json FILE]

Times are wall times of a shared machine. A dose's time is from the key on its flag to the new curve in a real Chromium, once warm.
"""

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[1]
TARGETS = {"server up [s]": 2.0, "first page [s]": 1.0, "slider, one person [s]": 0.3, "slider, 200 people [s]": 1.5}
WARM = 20.0  # seconds until the first compilations are done
SKIPPED = 4  # moves
DOSES = "dose=naltrexone+380+mg+im-depot&dose=heroin+25+mg+iv+at+21+d"
MINUTES = "clock=episode&duration=60+min&dose=fentanyl+1.6+mg+iv&product=naloxone+4+mg+nasal&tolerance=1"

SEEN = """() => {
  const chart = document.querySelector("#chart");
  let begun = 0;
  window.times = [];
  document.querySelector("#timeline").addEventListener("keydown", () => { begun = performance.now(); }, true);
  chart.addEventListener("drawn", () => { window.times.push(performance.now() - begun); chart.dataset.drawn = window.times.length; });
}"""


@contextmanager
def running():
    """The explorer in a process of its own; its address, and the seconds until it listened."""
    begin = time.perf_counter()
    command = [sys.executable, "-m", "opioidsim.cli", "explore", "--no-browser", "--port", "0"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)}
    ) as server:
        try:
            address = re.search(r"http://\S+", server.stdout.readline())[0].rstrip("/")
            while True:
                try:
                    httpx.get(f"{address}/static/theme.js", timeout=5)
                    break
                except httpx.ConnectError:
                    time.sleep(0.01)
            yield address, time.perf_counter() - begin
        finally:
            server.terminate()


def started() -> dict[str, float]:
    """Seconds until the server answers, and until the first page asked for at once after that is there."""
    with running() as (address, up):
        begin = time.perf_counter()
        httpx.get(f"{address}/", timeout=30).raise_for_status()
        return {"server up [s]": up, "first page [s]": time.perf_counter() - begin}


def sliders(address: str, moves: int = 12) -> dict[str, float]:
    """Median seconds from a key pressed on a slider to the new curve, for one person and for a crowd."""
    from playwright.sync_api import sync_playwright

    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))))
    found = {}
    asked = {"one person": DOSES, "200 people": f"{DOSES}&people=200", "overdose, one person": MINUTES, "overdose, 200 people": f"{MINUTES}&people=200"}  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        time.sleep(WARM)
        for name, scenario in asked.items():
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(f"{address}/build#{scenario}")
            page.locator("#timeline .flag").first.wait_for(timeout=120_000)
            page.evaluate(SEEN)
            for number in range(moves + SKIPPED):
                page.locator("#timeline .flag").last.focus()
                page.keyboard.press("ArrowRight")  # always on, to a time that nobody has asked for
                page.locator(f"#chart[data-drawn='{number + 1}']").wait_for(timeout=60_000)
                page.wait_for_timeout(400)
            times = page.evaluate("() => window.times")
            found[f"slider, {name} [s]"] = statistics.median(times[SKIPPED:]) / 1000
            page.close()
        browser.close()
    return found


def crowd(address: str, users: int, seconds: float) -> dict[str, float]:
    """Readers who each move a dose, look at a page, ask for the next: requests, errors, and how long a run took."""
    end, done, wrong = time.monotonic() + seconds, [], []
    lock = threading.Lock()

    def reader(number: int) -> None:
        with httpx.Client(base_url=address, timeout=60) as client:
            turn = 0
            while time.monotonic() < end:
                turn += 1
                doses = [
                    "naltrexone 50 mg oral every 24 h x 7",
                    f"heroin 25 mg iv at {(number * 7 + turn) % 160 + 1} h",
                ]
                begin = time.perf_counter()
                try:
                    answers = [
                        client.post("/api/run", json={"scenario": {"doses": doses, "duration": "8 d"}}),
                        client.get("/drugs/naltrexone"),
                    ]
                    bad = [a.status_code for a in answers if a.status_code != 200]
                except httpx.HTTPError as error:
                    bad = [repr(error)]
                with lock:
                    done.append(time.perf_counter() - begin)
                    wrong.extend(bad)

    threads = [threading.Thread(target=reader, args=(n,)) for n in range(users)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    worst = sorted(done)[int(0.95 * (len(done) - 1))]
    return {"users": users, "rounds": len(done), "errors": len(wrong), "a round, median [s]": statistics.median(done), "a round, 95 % [s]": worst}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--json", type=Path)
    wanted = parser.parse_args()
    starts = [started() for _ in range(3)]
    found = {name: statistics.median(s[name] for s in starts) for name in starts[0]}
    with running() as (address, _):
        found |= sliders(address)
        found |= crowd(address, wanted.users, wanted.seconds)
        httpx.get(address, timeout=30).raise_for_status()
    for name, value in found.items():
        print(f"{name:36} {value:8.3g}" + (f"   wanted: at most {TARGETS[name]:g}" if name in TARGETS else ""))
    if wanted.json:
        wanted.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
