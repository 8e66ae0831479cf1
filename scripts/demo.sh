#!/usr/bin/env bash
# Builds Stowage, installs the plugin locally and plans examples/quickstart. Nothing is fetched once the build is done.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo build --release --locked
./target/release/stowage install

cd examples/quickstart
if ! command -v terraform >/dev/null 2>&1; then
  echo "terraform is not on the PATH: showing the command line's answer to the same files instead" >&2
  exec ../../target/release/stowage solve . --explain
fi
# A lock file from an earlier build of the same version would refuse this one.
rm -rf .terraform .terraform.lock.hcl
terraform init -input=false
terraform plan -input=false
