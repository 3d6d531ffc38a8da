# Each target is one script under tools/, and says there what it does.

help: ## list the targets (default)
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' Makefile

demo: ## fit the digits, write pictures of what was learned to demo-output/
	@tools/demo

test: ## run the tests of the C core and of the R package
	@tools/test

check: ## run R CMD check --as-cran on the built package
	@tools/check

sanitize: ## all tests with memory and undefined behaviour looked at
	@tools/sanitize

valgrind: ## tests and every routine with memory that is lost looked for
	@tools/valgrind

warnings: ## compile at the strict level, every C, gcc and clang
	@tools/warnings

cross: ## the C core's tests for Windows, musl, arm64, s390x and i386
	@tools/cross

coverage: ## the share of lines that the tests run
	@tools/coverage

fuzz: ## throw what nobody meant at the core, functions and routines (hours)
	@tools/fuzz

faults: ## kill, interrupt and starve R while it works (half an hour)
	@tools/faults

bench: ## run the benchmarks
	@tools/bench

docs: ## write man/ and NAMESPACE from the comments in R/
	@tools/docs

site: ## build the web site in build/site
	@tools/site

format: ## lay out the C files
	@tools/format

lint: ## read R, C and shell for likely mistakes
	@tools/lint

setup: ## install what all targets need
	@tools/setup run test docs site lint bench check

clean: ## delete build/ and demo-output/
	@tools/clean

.PHONY: help demo test check sanitize valgrind warnings cross coverage fuzz \
  faults bench docs site format lint setup clean
