#!/bin/bash
# The life of the package on a clean Debian, started by packaging/test-deb.sh: lifecycle.sh systemd|hand
set -euo pipefail
mode=$1
export DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin
url=http://127.0.0.1:8001
unit=/lib/systemd/system/heistctl.service

step() { echo "-- $*"; }
fail() {
    echo "FAILED: $*"
    [ "$mode" = hand ] || journalctl --no-pager -n 30 -u heistctl.service -u heistctl.socket
    exit 1
}
# In the background, its process is that of the command.
exec_as_service() { exec setpriv --reuid heistctl --regid heistctl --clear-groups "$@"; }
as_service() { (exec_as_service "$@"); }

# By hand: the unit's ExecStart, with the credential that systemd would pass.
start_by_hand() {
    install -d -m 700 -o heistctl -g heistctl /run/heistctl /var/lib/heistctl
    install -m 400 -o heistctl -g heistctl /etc/heistctl/store-key /run/heistctl/store-key
    # shellcheck disable=SC2046 # the command is words
    HEISTCTL_STORE_KEY_FILE=/run/heistctl/store-key exec_as_service $(sed -n 's/^ExecStart=//p' "$unit") > /test/served &
    server=$!
}
control() {
    if [ "$mode" = systemd ]; then systemctl "$1" heistctl.service; return; fi
    case $1 in
    start) start_by_hand ;;
    stop) kill "$server"; wait "$server" ;;
    restart) control stop; control start ;;
    reload) kill -HUP "$server" ;;
    esac
}
ready() { heistctl -q wait "$url" --timeout 30s > /dev/null || fail "the server is not ready"; }
get() {
    exec 3<> /dev/tcp/127.0.0.1/8001
    printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$1" >&3
    cat <&3
    exec 3>&-
}
kid() { get /.well-known/jwks.json | grep -o '"kid":"[^"]*"' | sort | head -n 1; }
token() { heistctl token --no-cache --token-url "$url/oauth/token" --client-id backend --client-secret-file /test/secret; }
same_key() { [ "$(kid)" = "$first" ] || fail "the signing key has changed: $1"; }

step "install"
dpkg -i /test/one.deb
[ "$mode" = systemd ] || control start
ready
pid=$(pgrep -x heistctl)
[ "$(ps -o user= -p "$pid")" = heistctl ] || fail "it runs as $(ps -o user= -p "$pid")"
[ "$(stat -c '%U %a' /var/lib/heistctl)" = "heistctl 700" ] || fail "state: $(stat -c '%U %a' /var/lib/heistctl)"
[ "$(stat -c '%U %a' /etc/heistctl/store-key)" = "root 600" ] || fail "store key: $(stat -c '%U %a' /etc/heistctl/store-key)"
for page in heistctl heistctl-serve heistctl-client-add; do
    gzip -t "/usr/share/man/man1/$page.1.gz" || fail "no page $page"
done

step "a client and a token"
(umask 077; as_service heistctl -q client add backend --scope orders:read \
    --store sqlite:/var/lib/heistctl/heistctl.db > /test/secret)
token | heistctl inspect - > /dev/null || fail "no token"
first=$(kid)
[ -n "$first" ] || fail "no key"
! grep -aq 'BEGIN PRIVATE KEY' /var/lib/heistctl/heistctl.db || fail "the signing key is stored in plain"

step "restart and reload"
control restart
ready
same_key "restart"
control reload
ready
token > /dev/null || fail "no token after a reload"

step "upgrade"
echo '# mine' >> /etc/heistctl/heist.toml
key=$(cat /etc/heistctl/store-key)
dpkg -i /test/two.deb
[ "$mode" = systemd ] || control restart
ready
same_key "upgrade"
token > /dev/null || fail "no token after the upgrade"
grep -q '^# mine' /etc/heistctl/heist.toml || fail "the upgrade replaced heist.toml"
[ "$(cat /etc/heistctl/store-key)" = "$key" ] || fail "the upgrade replaced the store key"

if [ "$mode" = systemd ]; then
    step "restarts under load, behind heistctl.socket"
    systemctl stop heistctl.service
    systemctl reset-failed heistctl.service
    systemctl start heistctl.socket
    systemctl start heistctl.service
    ready
    touch /test/tokens
    for _ in 1 2 3; do
        until [ -e /test/enough ]; do
            token > /dev/null || { echo "refused" > /test/refused; break; }
            echo >> /test/tokens
        done &
    done
    for restart in 1 2 3 4 5; do
        until [ "$(wc -l < /test/tokens)" -ge $((restart * 10)) ] || [ -e /test/refused ]; do sleep 0.1; done
        systemctl reset-failed heistctl.service
        systemctl restart heistctl.service
    done
    touch /test/enough
    wait
    [ ! -e /test/refused ] || fail "a token was refused during a restart"
    echo "5 restarts, $(wc -l < /test/tokens) tokens, none refused"
    same_key "socket"
    systemd-analyze security --no-pager heistctl.service | tail -n 1
fi

step "remove and purge"
[ "$mode" = systemd ] || control stop
dpkg -r heistctl
! pgrep -x heistctl || fail "it still runs"
[ -s /var/lib/heistctl/heistctl.db ] || fail "the removal deleted the store"
dpkg -P heistctl
for left in /var/lib/heistctl /etc/heistctl; do
    [ ! -e "$left" ] || fail "the purge left $left"
done
echo "the package installs, serves, restarts, upgrades and leaves"
