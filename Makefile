# The two commands that a newcomer needs are `make run` and `make test`. Both do all of their own set-up.

.DEFAULT_GOAL := help
.PHONY: help run test check web bench screenshots

help: ## Says what there is.
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

run: ## Builds everything and starts the server. ARGS='--listen 0.0.0.0:8000' are its flags, RELEASE=1 optimises.
	@RELEASE=$(RELEASE) scripts/run.sh $(ARGS)

test: ## Installs what the tests need and runs all of them. PARTS='crash browser' runs only those.
	@scripts/test.sh $(PARTS)

check: ## Form, lints and documentation of the Rust code.
	@scripts/check.sh

web: ## Builds the web UI into web/dist.
	@scripts/ensure-web.sh

bench: ## Measures the server, optimised.
	@scripts/ensure-rust.sh
	cargo run --release --package chinwag-testkit -- bench

screenshots: ## Takes the pictures of the README anew, into docs/img.
	@scripts/screenshots.sh
