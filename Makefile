# Two commands do everything on a fresh machine: make run, make test.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test kernels check clean

run: .venv/installed
	$(BIN)/hebb run configs/invariant_mnist.yaml
	@echo "The pictures are in the folder plots of the run above."

test: .venv/installed
	$(BIN)/python -m pytest -n auto --maxprocesses 8
	@echo "Once more with the kernels as plain Python, which checks every index:"
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -n auto --maxprocesses 8 tests/test_mwta.py tests/test_invariance.py \
	  tests/test_local_wta.py tests/test_dreamflow.py tests/test_compspec.py \
	  tests/test_krotov_hopfield.py tests/test_threshold.py tests/test_smooth_invariance.py \
	  tests/test_stack.py

# The CUDA kernels through nvcc, where it is, and under g++'s sanitizers: a few minutes.
kernels: .venv/installed
	$(BIN)/python -m pytest -m deep -rs

check: .venv/installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	$(BIN)/ruff check src tests benchmarks
	$(BIN)/ruff format --check src tests benchmarks
	$(BIN)/pyright --pythonpath $(BIN)/python

# The mark is newer than pyproject.toml only where what it asks for is installed.
.venv/installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || \
	  { echo "hebb needs Python 3.11 to 3.13; name one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	touch $@

clean:
	rm -rf .venv build dist
