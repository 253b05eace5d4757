# Two commands matter: `make demo` runs the whole network, `make test` passes all tests.
# Both set up what they need in .venv; nothing else on the machine is touched.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
JOBS ?= 2

.PHONY: demo test crashes compiled lint types arrows check setup wheel clean FORCE

demo: $(VENV)/run.stamp
	@$(BIN)/saklar demo $(ARGS)

test: $(VENV)/dev.stamp
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

# The switch as a process, killed a hundred times under load; `make test` does it a dozen times.
crashes: $(VENV)/dev.stamp
	@SAKLAR_CRASHES=100 $(BIN)/python -m pytest tests/switch/crashes $(ARGS)

setup: $(VENV)/dev.stamp

check: lint types arrows test

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/dev.stamp
	$(BIN)/mypy -p saklar.codecs -p saklar.hsm_sim -p saklar.switch -p saklar.network_sim -p saklar.bench -p saklar.cli

arrows: $(VENV)/dev.stamp
	$(BIN)/lint-imports

# saklar with its hot modules compiled by mypyc (it needs a C compiler and takes some three minutes), in .venv-compiled.
# First as it is: mypyc reads the types of what it depends on. Then so that it writes down which way it goes while it is
# under load, and with gcc once more by that.
COMPILED := .venv-compiled/bin
COMPILE = rm -rf build/lib.* build/temp.*; SAKLAR_MYPYC=1 SAKLAR_PROFILE=$(1) $(COMPILED)/python -m pip \
	--disable-pip-version-check --quiet install --no-build-isolation --no-deps --force-reinstall .

compiled:
	@test -e $(COMPILED)/python || $(PYTHON) -m venv .venv-compiled
	@$(COMPILED)/python -m pip --disable-pip-version-check --quiet install "setuptools>=77" "mypy>=1.16"
	@$(COMPILED)/python -m pip --disable-pip-version-check --quiet install --no-build-isolation ".[bench]"
	@rm -rf build/profile
	@echo "compiling ..."
	@$(call COMPILE,write)
	@echo "under load, to see what is run most ..."
	@$(COMPILED)/saklar bench switch --targets strict,pin,translate --rounds 1 --seconds 2 > build/load.txt || \
		{ cat build/load.txt; exit 1; }
	@echo "compiling once more, by that ..."
	@$(call COMPILE,read)
	@echo "the program is $(COMPILED)/saklar"

wheel: $(VENV)/dev.stamp
	$(BIN)/python -m pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation -w dist .

clean:
	rm -rf $(VENV) .venv-compiled build dist *.egg-info

$(BIN)/python:
	@echo "setting up $(VENV) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "saklar needs Python 3.11 or newer; set PYTHON=")'
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) install "setuptools>=77"

# The install links each file (editable_mode=strict lets type checkers see the mapped folders), so it is
# renewed when a file comes or goes, not when one changes.
$(VENV)/files.list: FORCE | $(BIN)/python
	@find codecs hsm_sim switch network_sim bench cli -name '*.py' -o -name '*.toml' -o -name 'py.typed' \
		| LC_ALL=C sort > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@

INSTALL = $(PIP) install --no-build-isolation --config-settings editable_mode=strict -e

$(VENV)/run.stamp: pyproject.toml $(VENV)/files.list
	@test -e $(VENV)/dev.stamp || $(INSTALL) .
	@test ! -e $(VENV)/dev.stamp || $(INSTALL) ".[test,bench]"
	@touch $@

$(VENV)/dev.stamp: pyproject.toml $(VENV)/files.list
	@echo "installing saklar and its test tools into $(VENV) ..."
	@rm -rf build
	@$(INSTALL) ".[test,bench]"
	@touch $@ $(VENV)/run.stamp
