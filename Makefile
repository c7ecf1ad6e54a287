# lingraft's entry point. `make` runs the default study, `make check` the fast checks, `make test` all.
# STUDY=configs/other.yaml runs another study; CORES=4 limits the processors used.
# RESULTS=studies/greek/results is the study that `make times`, `make chat`, `make page` and `make api` tell of.
# PAGE="--port 8000" are options of the page; `python -m scripts.serve.serve_page --help` has them.
# CHAOS="--groups damage --seed 2" are options of `make chaos`.
# PERF=--quick makes `make perf` a short one; `python -m tests.perf.compare --help` has its options.

PYTHON ?= python3
CORES ?= all
STUDY ?= config.yaml
RESULTS ?= results
PERF ?=
CHAOS ?=
PAGE ?=
API ?=
MODEL ?=
ARGS ?=
BASE ?= results/models/base
VENV := .venv/bin
# Compiling all modules takes as long as installing them: those that jobs import are, by an import.
INSTALL := $(VENV)/pip install --disable-pip-version-check --no-compile
IMPORTED := snakemake.cli, deepspeed, gensim.models, pandas, peft, plotly.graph_objects, pyarrow.parquet, \
  sacrebleu, transformers.models.auto.modeling_auto, transformers.models.llama.modeling_llama
# Workers share the processors, so each of their processes has one thread.
PYTEST := OMP_NUM_THREADS=1 $(VENV)/python -m pytest
WORKERS ?= auto
LLAMAFACTORY := .cache/perf/llamafactory
PAIRS := 100000 1000000
ASKED := results/benchmarks/flores_en-zh.jsonl results/benchmarks/c3-d_zh.jsonl

.PHONY: study times chat page api check test test-slurm lint types lock envs sbom perf perf-bpe perf-overlap perf-data perf-infer chaos
.DEFAULT_GOAL := study

## The default study: results/report.html and results/tables/.
study: .venv/ready
	@$(VENV)/python -m scripts.environments.run_study --study '$(STUDY)' --cores $(CORES)

## Where the time of a study went, finished or not: rules, critical path, one more core.
times: .venv/ready
	@$(VENV)/python -m scripts.report.print_times --results $(RESULTS)

## Talk to a model of the study in the terminal. MODEL=base is another than the main one; ARGS=--help.
chat: .venv/ready
	@$(VENV)/python -m scripts.infer.chat --results $(RESULTS) $(addprefix --model ,$(MODEL)) $(ARGS)

## A web page to talk to the study's models, compare them and rate their answers; Ctrl-C stops it.
page: .venv/page
	@$(VENV)/python -m scripts.serve.serve_page --results $(RESULTS) $(PAGE)

## The study's models by OpenAI's API; Ctrl-C ends it. MODEL="base billa-zh" are those alone; API=--help.
api: .venv/page
	@$(VENV)/python -m scripts.serve.serve_api --results $(RESULTS) $(if $(MODEL),--model $(MODEL)) $(API)

# What a study needs. torch comes by itself: its builds, and so their hashes, differ by machine.
.venv/ready: requirements.txt envs/torch.txt
	@$(PYTHON) -c 'import sys; sys.exit("lingraft needs Python 3.11 or newer, found %d.%d" % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(INSTALL) --no-deps --require-hashes --requirement requirements.txt
	$(INSTALL) --requirement envs/torch.txt
	@env --unset=PYTHONDONTWRITEBYTECODE DS_ACCELERATOR=cpu $(VENV)/python -c 'import $(IMPORTED)' 2>/dev/null
	@touch $@

# What the page and the API need beside it.
.venv/page: .venv/ready requirements-page.txt
	$(INSTALL) --no-deps --require-hashes --requirement requirements-page.txt
	@touch $@

# What the checks need beside it.
.venv/developer: .venv/ready requirements-dev.txt
	$(INSTALL) --no-deps --require-hashes --requirement requirements-dev.txt
	@touch $@

## The checks before a commit: style, types, unit tests and dry runs.
check: lint types
	$(PYTEST) --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder --ignore=tests/end_to_end --ignore=tests/chaos

## Every check but those of `make test-slurm`: the same, and whole studies end to end.
test: lint types
	$(PYTEST) --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder --durations=20

## A real Slurm on this machine: jobs, failures, long stages. As root, with Debian's slurm-wlm and munge.
test-slurm: .venv/developer
	$(PYTEST) --numprocesses=3 --dist=worksteal --durations=10 tests/slurm

## Format and style of Python and Snakemake files.
lint: .venv/developer
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/snakefmt --check --compact-diff Snakefile workflow rules
	$(VENV)/snakemake --lint

## Types: strict in the packages that pyproject.toml names.
types: .venv/developer
	$(VENV)/mypy

## Useful tokens per second, side by side with other trainers; about 20 minutes on a quiet machine.
perf: .venv/ready $(LLAMAFACTORY)/ready
	@$(VENV)/python -m tests.perf.compare $(PERF)

## Learning 8,000 pieces from 100 MB of Chinese beside SentencePiece; minutes. BASE: a byte-level BPE.
perf-bpe: .venv/ready
	@$(VENV)/python -m tests.perf.chinese_text --more $(LINGRAFT_MIRROR) --output .cache/perf/chinese.parquet
	@$(VENV)/python -m tests.perf.extend_bpe --base $(BASE) --text .cache/perf/chinese.parquet

## Held-out text found in training data, false alarms and speed, on the files of $LINGRAFT_MIRROR; minutes.
perf-overlap: .venv/ready
	@$(VENV)/python -m tests.perf.overlap

## Time and memory of the data phase by the number of pairs (PAIRS=100000 …). BASE: a model's folder.
perf-data: .venv/ready
	@$(VENV)/python -m tests.perf.data --tokenizer $(BASE) --pairs $(PAIRS)

## Inference beside transformers' generate and one pass a choice; about half an hour. BASE: a model's folder.
perf-infer: .venv/ready
	@$(VENV)/snakemake --cores $(CORES) --quiet -- $(BASE)/stage.json $(ASKED)
	@$(VENV)/python -m tests.perf.infer --model $(BASE) --translation $(word 1,$(ASKED)) --choice $(word 2,$(ASKED)) $(PERF)

## Faults over the tiny study, and what follows them; hours. CHAOS="--sample 5" is a part of minutes.
chaos: .venv/developer
	@$(VENV)/python -m tests.chaos $(CHAOS)

# LLaMA-Factory wants other versions than ours, and far more packages than text training needs.
$(LLAMAFACTORY)/ready: tests/perf/llamafactory.txt
	$(PYTHON) -m venv $(LLAMAFACTORY)
	$(LLAMAFACTORY)/bin/pip install --disable-pip-version-check --quiet torch==2.13.0
	$(LLAMAFACTORY)/bin/pip install --disable-pip-version-check --quiet --no-deps --requirement $<
	@touch $@

## Create every environment beside the main one and import its library in it.
envs: .venv/ready
	@$(VENV)/python -m scripts.environments.check_environments

## Bills of materials of all locks (CycloneDX), in .cache/sbom/. ARGS="comet" is one alone; ARGS=--help.
sbom: .venv/ready
	@$(VENV)/python -m scripts.environments.write_bom $(ARGS)

## Resolve requirements*.in and envs/*.in into locks with hashes and into conda environments.
# torch is left out of them: its builds differ by machine, and with them its hash.
lock:
	$(PYTHON) -m venv .cache/lock
	.cache/lock/bin/pip install --quiet pip-tools
	for name in requirements requirements-page requirements-dev requirements-sbom $(basename $(wildcard envs/*.in)); do \
	  .cache/lock/bin/pip-compile --quiet --upgrade --generate-hashes --allow-unsafe --unsafe-package torch \
	    --strip-extras --no-header --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	    --output-file $$name.txt $$name.in || exit; \
	  sed -i '/^# The following packages are considered/,$$d' $$name.txt; \
	done
	$(PYTHON) -m scripts.environments.write_environment
