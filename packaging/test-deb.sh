#!/usr/bin/env bash
# Tests the Debian package on a clean Debian: packaging/test-deb.sh BINARY
# Installs it, gets a token, restarts, reloads, upgrades, restarts under load behind the socket unit,
# removes and purges it. systemd runs in a container of systemd-nspawn. Where it cannot, the unit's command is
# started by hand as the service's user, and the output says so.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "$(id -u)" = 0 ] || { echo "test-deb.sh: run it as root, in a machine or container of its own" >&2; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/root" "$work/one" "$work/two"

deb=$(packaging/deb "$1" "$work/one")
next=$(LEVEL=1 packaging/deb "$1" "$work/two" 99.0)
echo "== lintian"
lintian --fail-on error --allow-root "$deb"

echo "== a clean Debian"
mmdebstrap --quiet --variant=minbase --include=systemd,systemd-sysv,dbus,procps bookworm "$work/root.tar"
fresh() {
    rm -rf "$work/root"
    mkdir -p "$work/root"
    tar -C "$work/root" -xf "$work/root.tar"
    mkdir -p "$work/root/test"
    cp "$deb" "$work/root/test/one.deb"
    cp "$next" "$work/root/test/two.deb"
    cp packaging/debian/lifecycle.sh "$work/root/test/"
}

fresh
cat > "$work/root/etc/systemd/system/lifecycle.service" <<'UNIT'
[Unit]
After=network.target
[Service]
Type=oneshot
ExecStart=/bin/sh -c '/bin/bash /test/lifecycle.sh systemd > /test/log 2>&1 && touch /test/passed; systemctl poweroff --force --force'
UNIT
ln -s /etc/systemd/system/lifecycle.service "$work/root/etc/systemd/system/multi-user.target.wants/"
# A private /run, since systemd-nspawn wants one and a container may have none.
# shellcheck disable=SC2016 # the inner shell's $1
timeout 300 unshare -m sh -c 'mount -t tmpfs tmpfs /run && exec systemd-nspawn -q -D "$1" --register=no \
    --keep-unit --private-network --console=pipe --boot' sh "$work/root" < /dev/null > "$work/boot" 2>&1 || true
if [ -e "$work/root/test/log" ]; then
    echo "== the package's life, under systemd in systemd-nspawn"
    cat "$work/root/test/log"
    [ -e "$work/root/test/passed" ]
else
    echo "== the package's life. systemd cannot boot here: the unit's command is started by hand"
    tail -n 3 "$work/boot"
    fresh
    timeout 300 env -i PATH="$PATH" unshare -m -p -f chroot "$work/root" bash -c 'mount -t proc proc /proc && exec bash /test/lifecycle.sh hand'
fi
echo "ok: $(basename "$deb"), $(stat -c %s "$deb") bytes"
