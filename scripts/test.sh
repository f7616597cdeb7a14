#!/usr/bin/env bash
# Sets up what the tests need, then runs all of them.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=()
# `kill` as a program: signals are sent to runs of the real binary. Slim images have only the shell's.
[ -n "$(type -P kill)" ] || packages+=(procps)
# A mail server of which the tests start one of their own.
if [ ! -x /usr/sbin/dovecot ] || [ ! -e /usr/lib/dovecot/imap ]; then
    packages+=(dovecot-imapd)
fi

(
    # The system's mail server is not started: that is what policy-rc.d is for, and it is taken away again.
    policy=/usr/sbin/policy-rc.d
    if [[ " ${packages[*]} " == *" dovecot-imapd "* ]] && [ ! -e $policy ]; then
        as_root=""
        [ "$(id -u)" = 0 ] || as_root=sudo
        if [ -z "$as_root" ] || command -v sudo >/dev/null; then
            trap '$as_root rm -f $policy' EXIT
            printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
            $as_root chmod 755 $policy
        fi
    fi
    ./scripts/setup.sh ${packages[@]+"${packages[@]}"}
)

export PATH="$HOME/.cargo/bin:$PATH"

# Either runs all tests; nextest, where somebody has it, runs more of them at once.
if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --locked
else
    cargo test --locked
fi
