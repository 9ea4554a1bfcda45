# The verbs of this project; `make` alone prints them. The first one that needs an environment makes it.

.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/.installed
DRAFTED := .venv-draft/.installed
# PyTorch's own index has the build without CUDA. Where it cannot be reached, pip takes torch from where it takes the rest.
# The release that the pages document stands in pyproject.toml, and nowhere else.
TORCH := --retries 0 --extra-index-url https://download.pytorch.org/whl/cpu $(shell sed -n 's/^ *"\(torch==[^"]*\)".*/\1/p' pyproject.toml)
WITHOUT_TORCH = $(shell $(PYTHON) -c 'import tomllib; print(*(repr(one) for one in tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"] if not one.startswith("torch")))')
# Silences a notice about a MkDocs 2 that this site does not use.
export NO_MKDOCS_2_WARNING := 1

.PHONY: help serve draft test build doctest accept carry judge reviewed operations releases lint mutation bench audit zensical offline clean

help: ## print this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|'

serve: $(INSTALLED) ## preview both languages at http://127.0.0.1:8000/ and /zh/, with live reload
	$(BIN)/mkdocs serve

draft: $(DRAFTED) ## preview the text without PyTorch, for a corrected sentence: outputs as documented, pictures as text
	AUTOGRAD_NOTES_DRAFT=1 .venv-draft/bin/mkdocs serve

test: $(INSTALLED) lint ## run every check: lint, examples, proofs, browser
	@$(BIN)/python -m tests.browser.chromium
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

build: $(INSTALLED) ## build the site into site/ and site/zh/
	$(BIN)/mkdocs build

doctest: $(INSTALLED) ## compare every documented output with the live one, in seconds
	$(BIN)/python -m autograd_notes check

accept: $(INSTALLED) ## record live outputs as the documented ones; one file: make accept FILE=snippets/notes/scalar.md
	$(BIN)/python -m autograd_notes accept $(FILE)

operations: $(INSTALLED) ## measure what autograd does with each operation, record it, and print what changed
	$(BIN)/python -m autograd_notes.operations

releases: $(INSTALLED) ## record what other releases print where it differs; one of them: make releases RELEASE=2.9.1
	$(BIN)/python -m autograd_notes.releases $(RELEASE)

lint: $(INSTALLED) ## check code style, in Python files and in the snippets' statements, and the types of src
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

carry: $(INSTALLED) ## carry a tutorial's code into the other language: make carry FILE=docs/en/tutorials/simulation.py
	$(BIN)/python -m autograd_notes carry $(FILE)

judge: $(INSTALLED) ## judge one page in seconds, as `make test` judges all: make judge PAGE=docs/en/notes/scalar.md
	$(BIN)/python -m tests.judges $(PAGE)

reviewed: $(INSTALLED) ## mark a Chinese page as up to date with the English one: make reviewed PAGE=docs/zh/notes/scalar.md
	$(BIN)/python -m tests.judges.stamps $(PAGE)

mutation: $(INSTALLED) ## make the documented facts wrong, one change at a time, and count what is noticed
	$(BIN)/python -m tests.mutation

bench: $(INSTALLED) ## measure builds, previews and `check` against their floors
	$(BIN)/python -m benchmarks

audit: $(INSTALLED) ## let Lighthouse visit the site as a phone; needs node and Chromium
	$(BIN)/python -m tests.audit

zensical: $(INSTALLED) ## build the English pages with Zensical, and compare what PyTorch printed
	$(BIN)/python -m tests.zensical

offline: $(INSTALLED) ## make a folder and a zip of the site that open without a server
	$(BIN)/python -m autograd_notes.site.offline

clean: ## remove the environment and all that was built
	rm -rf .venv .venv-draft .cache .pytest_cache .ruff_cache .hypothesis site offline src/*.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(DRAFTED): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv-draft
	.venv-draft/bin/pip install --quiet --disable-pip-version-check -c constraints.txt $(WITHOUT_TORCH)
	.venv-draft/bin/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(INSTALLED): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11, 5) and "Python 3.11.5 or newer is needed; name one with: make PYTHON=python3.12 …")'
	@echo 'Setting up .venv, once: this takes a minute or two.'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt $(TORCH)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@
