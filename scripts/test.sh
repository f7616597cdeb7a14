#!/usr/bin/env bash
# Sets up what the tests need, then runs all of them.
set -euo pipefail
cd "$(dirname "$0")/.."
./scripts/setup.sh

# A mail server (Debian's dovecot-imapd) of which the tests start one of their own, and a name server's check of zones.
# The system's mail server is not started: that is what policy-rc.d is for, and it is taken away again.
packages=()
[ -x /usr/sbin/dovecot ] && [ -e /usr/lib/dovecot/imap ] || packages+=(dovecot-imapd)
[ -x /usr/bin/named-checkzone ] || packages+=(bind9-utils)
if [ ${#packages[@]} -gt 0 ]; then
    (
        as_root=""
        [ "$(id -u)" = 0 ] || as_root=sudo
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

if cargo nextest --version >/dev/null 2>&1; then
    cargo nextest run --locked
else
    cargo test --locked
fi
