# Two commands do everything on a fresh machine with Python 3.11, make and apt: make demo, make test.
PYTHON ?= python3
MAKEFLAGS += --jobs=2  # packages and the browser are fetched side by side
BIN := .venv/bin
# Modules are compiled once, not by each of the hundreds of programs that the tests start, whatever the shell asks for.
export PYTHONDONTWRITEBYTECODE :=
READY := .venv/.ready

# The tests run side by side on so many cores; a file's tests stay together, since they share what they set up,
# and files begin in the order of tests/conftest.py: the longest first.
WORKERS ?= 2
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder

# Debian's Chromium drives the browser tests. Without root or apt they are skipped with a sentence.
CHROMIUM = command -v chromium || command -v chromium-browser || command -v google-chrome

.PHONY: setup browser demo test check-all bench lint docs site posterior surfaces story lock matrix package clean

setup: $(READY)

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("opioidsim needs Python 3.11 or later; name one with: make PYTHON=python3.11 $(MAKECMDGOALS)" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv || (apt-get update && apt-get install -y python3-venv && $(PYTHON) -m venv --clear .venv)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-compile --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup  ## the main question on a real scenario; the results lie in results/
	$(BIN)/opioidsim blockade --antagonist "naltrexone 380 mg im-depot" --challenge "heroin 25 mg iv" --days 42 --people 200 --out results/blockade --replace
	@echo
	@echo "Look at results/blockade/figure-blockade.png, or open results/blockade/report.html in a browser."

browser:
	@{ $(CHROMIUM); } >/dev/null || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update && apt-get install -y --no-install-recommends chromium; \
	else echo "There is no Chromium, and no right to install it: the browser tests will be skipped."; fi

test: setup browser
	$(PYTEST) -m "not long"

check-all: setup browser lint
	$(PYTEST)

bench: setup
	$(BIN)/python bench/course.py && $(BIN)/python bench/episode.py && $(BIN)/python bench/explore.py

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/zizmor --offline --quiet .github
	$(BIN)/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/*.yml
	$(BIN)/check-jsonschema --builtin-schema vendor.citation-file-format CITATION.cff

docs: setup  ## writes the generated pages: drug sheets, glossary, command line, scoreboard, expectations
	$(BIN)/python docs/generate.py

site: setup  ## the documentation as a site, build/site/index.html; every page of docs/learn is executed: minutes
	@mkdir -p build && sed -e '/^ *--hash/d' -e 's/ *\\$$//' requirements.lock > build/constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --constraint build/constraints.txt --editable ".[site]"
	$(BIN)/mkdocs build --quiet

posterior: setup  ## makes the draws of what is not known again, from the build studies: half an hour
	$(BIN)/opioidsim calibrate --into opioidsim/library/posterior

surfaces: setup  ## works out the risk surfaces of opioidsim/surfaces again: minutes for each
	$(BIN)/python docs/surfaces.py

story: setup  ## works out every state of the story's figures again: some minutes
	$(BIN)/python docs/story.py

matrix:  ## the tests on each Python that is here, with the oldest and the newest libraries allowed (needs uv)
	.ci/matrix

package:  ## wheel and source archive, tried from an empty folder with each extra (needs uv)
	.ci/package

lock:  ## renews requirements.lock from pyproject.toml, with what building needs
	$(BIN)/python -m pip install --quiet uv
	printf 'hatchling\neditables\n' | $(BIN)/uv pip compile pyproject.toml - --quiet --universal --upgrade --extra dev --generate-hashes --python-version 3.11 --no-header --no-annotate --output-file requirements.lock

clean:
	rm -rf .venv results
