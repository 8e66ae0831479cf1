# The commands of the project. Each sets up what it needs; `make help` lists them.

.DEFAULT_GOAL := help
.PHONY: help setup demo test bench install docs

help: ## List the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 18

setup: ## Install missing build tools (cmake, libclang, a C++ compiler), or say what to install
	@./scripts/setup.sh build

demo: setup ## Build, install the plugin locally, and plan examples/quickstart without network
	@./scripts/demo.sh

test: ## Everything: format, lints, tests, documentation, acceptance with terraform
	@./scripts/setup.sh build terraform
	cargo fmt --check
	cargo clippy --all-targets --locked -- -D warnings
	cargo test --lib --bins --tests --examples --locked
	cargo test --doc --locked
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked

bench: ## Measure: start, plan, catalog, solve times and memory; ONLY=plan measures one family, INSTANCES=folder published instances of location and packing
	@./scripts/setup.sh build terraform
	cargo build --release --locked --bins --example test_provider
	$(if $(INSTANCES),cargo bench --locked --bench location --bench packing -- $(INSTANCES) $(ONLY),cargo bench --locked --bench bench -- $(ONLY))

install: setup ## Build and install the plugin for Terraform and OpenTofu
	cargo build --release --locked
	./target/release/stowage install

docs: ## Rewrite the generated pages under docs/
	UPDATE_DOCS=1 cargo test --test it --locked docs
