# Everything a person needs: `make up`, `make test`, `make story`.
SHELL := /bin/bash
.DEFAULT_GOAL := help

TOOLS := $(CURDIR)/.tools
export PATH := $(TOOLS)/bin:$(HOME)/.cargo/bin:$(PATH)
# Cargo's own colours and tables are for people; a log wants neither.
export CARGO_TERM_PROGRESS_WHEN ?= auto

.PHONY: help
help: ## Say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

.PHONY: up
up: ## Build and run everything on this machine
	@scripts/up

.PHONY: story
story: ## Play a life against the running stack: STORY=life|declines|second-thoughts|moving-in
	@cargo build --quiet --package gudok-cli && cargo run --quiet --package gudok-local --bin story -- $(STORY)

.PHONY: test
test: ## Check everything; the test runner's count comes last
	@scripts/test

.PHONY: rehearse
rehearse: ## Rehearse whole histories under faults: SEEDS=10000 FROM=0 MORE=--mixed
	@cargo run --profile fast --quiet --package rehearsal -- --seeds $(or $(SEEDS),10000) --from $(or $(FROM),0) $(MORE)

.PHONY: audit
audit: ## Audit histories by the second auditor, in Python: SEEDS=10000 FROM=0 MORE=--mixed
	@set -o pipefail; cargo run --profile fast --quiet --package rehearsal -- --stream - --seeds $(or $(SEEDS),10000) --from $(or $(FROM),0) $(or $(MORE),--mixed) | python3 auditor/audit.py

.PHONY: specification
specification: ## Compare what is decided with its specification: CASES=1000000
	@CASES=$(or $(CASES),1000000) cargo test --profile fast --quiet --package billing --test it specification -- --nocapture

.PHONY: model
model: ## Go through every interleaving within bounds, then along paths by chance: MORE="--left 1,0,1,0,0,1 --chance 0"
	@cargo run --profile fast --quiet --package model -- $(MORE)

.PHONY: bench
bench: ## Measure the functions beside one that does nothing and the same routes in Node, and write it down
	@scripts/bench

.PHONY: mutants
mutants: ## Try the tests on mutants of the domain, a night long: MUTANTS="--shard 0/8", MUTANTS="--file decide.rs"
	@scripts/tools nextest mutants && cargo mutants $(MUTANTS)

.PHONY: check-template
check-template: ## Check both templates with sam, cfn-lint and our own tests
	@aws/check.sh

.PHONY: openapi
openapi: ## Make openapi.json from the code
	@cargo run --quiet --package gudok-local --bin openapi > openapi.json.tmp && mv openapi.json.tmp openapi.json

.PHONY: fuzz
fuzz: ## Try the API with requests made from openapi.json
	@scripts/fuzz

.PHONY: package
package: ## Build the functions as they are deployed; print their sizes, and write what each is made of
	@aws/package.sh

.PHONY: lint
lint: ## Format, lints, licences
	@scripts/lint
