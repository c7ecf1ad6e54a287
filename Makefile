# lingraft's front door. `make` runs the default study; `make test` runs every check.
# STUDY=configs/other.yaml runs another study; CORES=4 limits the processors used.
# PERF=--quick makes `make perf` a short one; `python -m tests.perf.compare --help` has its options.

PYTHON ?= python3
CORES ?= all
STUDY ?= config.yaml
PERF ?=
BASE ?= results/models/base
VENV := .venv/bin
LLAMAFACTORY := .cache/perf/llamafactory

.PHONY: study test lint lock envs perf perf-bpe
.DEFAULT_GOAL := study

## The default study: results/report.html and results/tables/.
study: .venv/ready
	@$(VENV)/python -m scripts.environments.run_study --study $(STUDY) --cores $(CORES)

.venv/ready: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit("lingraft needs Python 3.11 or newer, found %d.%d" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(VENV)/pip install --disable-pip-version-check --requirement requirements.txt
	@touch $@

## Every check that CI runs: style, then tests (dry runs of every study are among them).
test: lint
	$(VENV)/python -m pytest

## Format and style of Python and Snakemake files.
lint: .venv/ready
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/snakefmt --check --compact-diff Snakefile rules
	$(VENV)/snakemake --lint

## Useful tokens per second, side by side with other trainers; about 20 minutes on a quiet machine.
perf: .venv/ready $(LLAMAFACTORY)/ready
	@$(VENV)/python -m tests.perf.compare $(PERF)

## Learning 8,000 pieces from 100 MB of Chinese beside SentencePiece; minutes. BASE: a byte-level BPE.
perf-bpe: .venv/ready
	@$(VENV)/python -m tests.perf.chinese_text --more $(LINGRAFT_MIRROR) --output .cache/perf/chinese.parquet
	@$(VENV)/python -m tests.perf.extend_bpe --base $(BASE) --text .cache/perf/chinese.parquet

# LLaMA-Factory wants other versions than ours, and far more packages than text training needs.
$(LLAMAFACTORY)/ready: tests/perf/llamafactory.txt
	$(PYTHON) -m venv $(LLAMAFACTORY)
	$(LLAMAFACTORY)/bin/pip install --disable-pip-version-check --quiet torch==2.13.0
	$(LLAMAFACTORY)/bin/pip install --disable-pip-version-check --quiet --no-deps --requirement $<
	@touch $@

## Create every environment beside the main one and import its library in it.
envs: .venv/ready
	@$(VENV)/python -m scripts.environments.check_environments

## Resolve requirements.in and envs/*.in into locks and into conda environments.
lock:
	$(PYTHON) -m venv .cache/lock
	.cache/lock/bin/pip install --quiet pip-tools
	for name in requirements $(basename $(wildcard envs/*.in)); do \
	  .cache/lock/bin/pip-compile --quiet --upgrade --allow-unsafe --strip-extras --no-header --no-emit-index-url \
	    --no-emit-find-links --no-emit-trusted-host --output-file $$name.txt $$name.in || exit; \
	  sed -i 's/+cpu//' $$name.txt; \
	done
	$(PYTHON) -m scripts.environments.write_environment
