# What can be done here. `make` alone lists it; scripts/ holds what takes more than a line.

.DEFAULT_GOAL := help
.PHONY: help install demo test check bench-cameras lock clean environment-test

# Arguments for what is run: make demo ARGS="--port 8490"
ARGS ?=
BIN := .venv/bin
# The tests start hundreds of servers: without kept byte code each would compile all of it anew.
unexport PYTHONDONTWRITEBYTECODE

help: ## list what can be done
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name words; do printf 'make %-14s %s\n' "$$name" "$$words"; done

install: ## what `curtilage serve` needs, as .venv/bin/curtilage
	@scripts/environment.sh base

demo: ## two homes with simulated cameras, to try in a browser
	@scripts/environment.sh demo
	@exec $(BIN)/curtilage demo $(ARGS)

test: environment-test ## everything, on real components; installs them when run as root on Debian
	@scripts/debian-packages.sh
	@$(MAKE) --no-print-directory lint
	$(BIN)/pytest -n auto -m "not browser and not alone"
	$(BIN)/pytest -m "browser or alone"

check: environment-test ## the quick part of the tests, and lint beside it: under a minute
	@$(MAKE) --no-print-directory -j2 --output-sync=target quick lint

.PHONY: lint quick
quick:
	$(BIN)/pytest -n auto --hypothesis-profile=quick -m "not browser and not origin and not slow and not alone"

lint:
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench-cameras: environment-test ## measure what README claims; prints a table, writes JSON
	@scripts/debian-packages.sh
	$(BIN)/python benchmarks/cameras.py $(ARGS)

lock: ## resolve the dependencies anew (needs uv); ARGS=--upgrade for newer ones
	@scripts/lock.sh $(ARGS)

clean: ## remove everything that was made here
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist benchmarks/results
	find src tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

environment-test:
	@scripts/environment.sh test
