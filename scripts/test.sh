#!/usr/bin/env bash
# Sets up what the tests need, then runs all of them.
set -euo pipefail
cd "$(dirname "$0")/.."
./scripts/setup.sh

# A mail server (Debian's dovecot-imapd) of which the tests start one of their own, a name server's check of zones, and
# somebody else's eyes on signatures (python3-dkim).
# The system's mail server is not started: that is what policy-rc.d is for, and it is taken away again.
packages=()
[ -x /usr/sbin/dovecot ] && [ -e /usr/lib/dovecot/imap ] || packages+=(dovecot-imapd)
[ -x /usr/bin/named-checkzone ] || packages+=(bind9-utils)
/usr/bin/python3 -c 'import dkim, nacl.signing' 2>/dev/null || packages+=(python3-dkim)
# `kill` as a program, for signals to runs of the real binary; slim images have only the shell's.
[ -n "$(type -P kill)" ] || packages+=(procps)
if [ ${#packages[@]} -gt 0 ]; then
    (
        as_root=""
        if [ "$(id -u)" != 0 ]; then
            as_root=sudo
            command -v sudo >/dev/null || {
                echo "These packages are needed; install them as root, then run this again: ${packages[*]}" >&2
                exit 1
            }
        fi
        policy=/usr/sbin/policy-rc.d
        if [ ! -e $policy ]; then
            trap '$as_root rm -f $policy' EXIT
            printf '#!/bin/sh\nexit 101\n' | $as_root tee $policy >/dev/null
            $as_root chmod 755 $policy
        fi
        $as_root apt-get update -qq
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
    )
fi

export PATH="$HOME/.cargo/bin:$PATH"

# Either runs all tests; nextest, where somebody has it, runs more of them at once.
if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --locked
else
    cargo test --locked
fi
