# shellcheck shell=bash
# What the benches with a database share: a PostgreSQL of their own, on a socket in its folder. Sourced by
# benches/*.sh, which have a function `fail` and a folder `work`, and call stop_postgres at their end.
programs=
for folder in /usr/lib/postgresql/*/bin "${HEISTCTL_TEST_POSTGRES_BIN:-}"; do
    [ ! -x "$folder/initdb" ] || programs=$folder
done
[ -n "$programs" ] || fail "there is no PostgreSQL: apt-get install postgresql"
database=$(mktemp -d)
as_server=()
# It refuses to run as root.
if [ "$(id -u)" = 0 ]; then
    as_server=(setpriv --reuid=postgres --regid=postgres --clear-groups)
    chown postgres: "$database"
    chmod 755 "$database"
fi
postgres=''

# start_postgres PORT SETTING...: its process is $postgres, its socket for PORT is in $database.
start_postgres() {
    local port=$1
    shift
    (cd / && "${as_server[@]}" "$programs/initdb" -D "$database/data" -U heist -A trust --no-sync) \
        > "${work:?}/initdb" 2>&1 || fail "initdb: $(cat "$work/initdb")"
    (cd / && exec "${as_server[@]}" "$programs/postgres" -D "$database/data" -k "$database" -p "$port" \
        "${@/#/--}") > "$work/postgres" 2>&1 &
    postgres=$!
    until psql -qAt -h "$database" -p "$port" -U heist -d postgres -c 'SELECT 1' > /dev/null 2>&1; do
        kill -0 "$postgres" 2> /dev/null || fail "PostgreSQL: $(cat "$work/postgres")"
        sleep 0.1
    done
}

stop_postgres() {
    if [ -n "$postgres" ]; then
        kill -INT "$postgres" 2> /dev/null || true
        wait "$postgres" 2> /dev/null || true
    fi
    rm -rf "$database"
}
