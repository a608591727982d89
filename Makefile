# The two commands that a newcomer needs are `make run` and `make test`. Both do all of their own set-up.

.DEFAULT_GOAL := help
.PHONY: help run cluster test check chaos simulate web bench bench-cluster screenshots

help: ## Says what there is.
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 24

run: ## Builds everything and starts the server. ARGS='--listen 0.0.0.0:8000' are its flags, RELEASE=1 optimises.
	@RELEASE=$(RELEASE) scripts/run.sh $(ARGS)

test: ## Installs what the tests need and runs all of them. PARTS='crash browser' runs only those.
	@scripts/test.sh $(PARTS)

simulate: ## Plays a whole cluster in virtual time, with faults. SEEDS=100000 says how often, FROM= where to begin.
	@scripts/ensure-rust.sh
	SEEDS=$(or $(SEEDS),10000) FROM=$(or $(FROM),0) cargo test --package chinwag-simulation --test seeds -- --nocapture every_seed

check: ## Form, lints and documentation of the Rust code.
	@scripts/check.sh

web: ## Builds the web UI into web/dist.
	@scripts/ensure-web.sh

cluster: ## Runs three nodes behind HAProxy, with PostgreSQL and Redis, to try and to kill. ARGS='--balancer nginx'.
	@scripts/cluster.sh $(ARGS)

bench-cluster: ## Measures what it costs to be many nodes, and what clients see of one that is killed.
	@scripts/ensure-rust.sh
	@scripts/ensure-servers.sh
	cargo build --release --package chinwag
	cargo run --release --package chinwag-testkit -- bench-cluster

bench: ## Measures the server beside its peers, optimised. ARGS='--only fan-out --peers none --quick' says how much.
	@scripts/ensure-rust.sh
	@scripts/ensure-bench.sh
	cargo build --release --package chinwag
	cargo run --release --package chinwag-testkit -- bench $(ARGS)

chaos: ## Breaks real clusters in every way there is and writes docs/proof.md. SEEDS=1-60 MINUTES=30 say how much.
	@scripts/ensure-rust.sh
	@scripts/ensure-web.sh
	@scripts/ensure-tests.sh
	cargo build --release --package chinwag
	cargo run --release --package chinwag-testkit -- chaos --output docs/proof.md $(if $(SEEDS),--seeds $(SEEDS)) $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

screenshots: ## Takes the pictures of the README anew, into docs/img.
	@scripts/screenshots.sh
