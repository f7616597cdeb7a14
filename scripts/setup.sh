#!/usr/bin/env bash
# Installs what a build needs on Debian or Ubuntu, and nothing when it is there already.
set -euo pipefail

have() { command -v "$1" >/dev/null 2>&1; }

packages=()
have cc || packages+=(build-essential)
have pkg-config || packages+=(pkg-config)
# OpenSSL, which speaks TLS to mailboxes.
have pkg-config && pkg-config --exists openssl || packages+=(libssl-dev)
have curl || packages+=(curl ca-certificates)
if [ ${#packages[@]} -gt 0 ]; then
    as_root=""
    [ "$(id -u)" = 0 ] || as_root=sudo
    $as_root apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi

if ! have cargo; then
    # Debian's own compiler is older than this program needs (rust-version in Cargo.toml).
    curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal -c clippy,rustfmt
fi
