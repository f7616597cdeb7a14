#!/usr/bin/env bash
# Makes the pictures of the README anew: from the real screens, on the mailbox of the demo.
set -euo pipefail
cd "$(dirname "$0")/.."
export PATH="$HOME/.cargo/bin:$PATH"
cargo build --locked
cargo run --locked --example pictures -- target/debug/lafayette docs/pictures
