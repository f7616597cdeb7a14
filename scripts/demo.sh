#!/usr/bin/env bash
# Sets up what a build needs, builds, and runs the program on a mailbox that it makes itself.
set -euo pipefail
cd "$(dirname "$0")/.."
./scripts/setup.sh
export PATH="$HOME/.cargo/bin:$PATH"
cargo run --release --locked -- demo "$@"
