# Everything happens in .venv, made from nothing but Python 3 and the package index; the second time it is quick.
# TORCH_INDEX=URL takes torch from another index (its CPU wheels, say). EXTRAS=all adds Whisper, Ollama and Piper.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.PHONY: help demo test soak bench lint format goldens clean

help:
	@echo "make demo     a recorded conversation that is interrupted twice, and its log"
	@echo "make test     all tests, style and types"
	@echo "make soak     the long tests: a million random events, a day of faults, an hour of talk (SOAK_S=600: less)"
	@echo "make bench    measure speed and size on this machine"
	@echo "make format   put the source into its form"
	@echo "make goldens  compose the recorded users and write the golden logs and the schema anew"

# torch first and by itself, so that a narrower index serves nothing else.
$(VENV)/embedded.stamp: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) $(TORCH_INDEX:%=--index-url %) -c constraints.txt torch
	$(PIP) -c constraints.txt -e '.[embedded]'
	@touch $@

$(VENV)/dev.stamp: $(VENV)/embedded.stamp
	$(PIP) -c constraints.txt -e '.[all,whispercpp,dev]'
	@touch $@

demo: $(VENV)/embedded.stamp
	@rm -rf sessions/demo
	$(BIN)/is2s run --input scenarios/demo/user.wav --config scenarios/demo/run.toml --fast --output sessions/demo
	@echo
	$(BIN)/is2s inspect sessions/demo --verify
	@echo "listen to sessions/demo/conversation.wav: you on the left, the assistant on the right"

# Coverage slows the explorations down three times and needs none of them, so it is taken of the quick tests alone.
test: lint
	$(BIN)/python -m pytest -n 2 tests/core -m 'not slow and not soak' --ignore tests/core/test_exploration.py \
	  --cov=states --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# SOAK_S: seconds of talk through the sound system; SOAK_HOURS: of talk with faults, some 10 s each. Figures are
# printed, and left in SOAK_OUT.
SOAK_S     ?= 3600
SOAK_HOURS ?= 24
SOAK_OUT   ?= sessions/soak

soak: $(VENV)/dev.stamp
	IS2S_SOAK_S=$(SOAK_S) IS2S_SOAK_HOURS=$(SOAK_HOURS) IS2S_SOAK_OUT=$(SOAK_OUT) $(BIN)/python -m pytest -m soak -s

bench: $(VENV)/dev.stamp
	$(BIN)/python -m tests.bench
	$(BIN)/python -m tests.bench_echo
	$(BIN)/python -m tests.bench_inspect
	$(BIN)/python -m tests.bench_clocks

format: $(VENV)/dev.stamp
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

goldens: $(VENV)/dev.stamp
	$(BIN)/python scenarios/compose.py
	$(BIN)/is2s replay scenarios --update
	$(BIN)/is2s inspect --schema > engine/inspect/schemas/journal-2.schema.json

clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
