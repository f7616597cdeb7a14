#!/usr/bin/env bash
# Installs what a build needs on Debian or Ubuntu, and nothing when it is there already.
set -euo pipefail
cd "$(dirname "$0")/.."

# Where rustup puts cargo; a shell that was open before does not look there.
export PATH="$HOME/.cargo/bin:$PATH"
have() { command -v "$1" >/dev/null 2>&1; }

packages=()
have cc || packages+=(build-essential)
have pkg-config || packages+=(pkg-config)
# OpenSSL, which speaks TLS to mailboxes.
have pkg-config && pkg-config --exists openssl || packages+=(libssl-dev)
have curl || packages+=(curl ca-certificates)
if [ ${#packages[@]} -gt 0 ]; then
    as_root=""
    if [ "$(id -u)" != 0 ]; then
        as_root=sudo
        have sudo || {
            echo "These packages are needed; install them as root, then run this again: ${packages[*]}" >&2
            exit 1
        }
    fi
    $as_root apt-get update -qq
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
fi

# The compiler of the distribution may be there, and is older than this program needs.
needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
is_new_enough() {
    have cargo && have rustc &&
        printf '%s\n' "$needed" "$(rustc --version | cut -d' ' -f2)" | sort -V -C
}
if ! is_new_enough; then
    if have rustup; then
        rustup update stable
    else
        curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs |
            RUSTUP_INIT_SKIP_PATH_CHECK=yes sh -s -- -y --profile minimal -c clippy,rustfmt
    fi
fi
