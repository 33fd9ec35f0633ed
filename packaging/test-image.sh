#!/usr/bin/env bash
# Builds and tests the container image: packaging/test-image.sh STATIC-BINARY
# It runs read-only, as uid 65532, without network and capabilities, and becomes healthy by its own health check.
# Where podman cannot run containers, its tree is tested with bwrap instead, and the output says so.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
container=heistctl-test-$$
image=localhost/$container
# A store of its own; runc, because crun refuses machines with both versions of cgroups.
podman() { command podman --root "$work/store" --runroot "$work/run" --storage-driver vfs --cgroup-manager cgroupfs --runtime runc --log-level fatal "$@"; }
cleanup() {
    podman rm --force --time 2 "$container" > /dev/null 2>&1 || true
    umount "$work"/store/vfs-containers/*/userdata/shm 2> /dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
demo=(serve --demo --log json --listen 0.0.0.0:8001 --insecure-http --yes-this-is-public)

packaging/image-tree "$1" "$work/tree"
echo "== build"
podman build --quiet --format docker --isolation chroot --file packaging/Containerfile --tag "$image" "$work/tree"
bytes=$(podman image inspect --format '{{.Size}}' "$image")
echo "size: $bytes bytes, compressed $(tar -C "$work/tree" -c . | gzip -9 | wc -c) bytes"

run() {
    podman run --detach --name "$container" --read-only --read-only-tmpfs=false --network none --cap-drop all \
        --security-opt no-new-privileges --ulimit nofile=1024:1024 --ulimit nproc=1024:1024 "$@"
}
in_containers() {
    echo "== run by podman: $(podman --version)"
    [ "$(podman inspect --format '{{.State.Health.Status}}' "$container")" != healthy ] || fail "healthy before a check"
    for _ in $(seq 100); do podman healthcheck run "$container" > /dev/null 2>&1 && break; sleep 0.1; done
    [ "$(podman inspect --format '{{.State.Health.Status}}' "$container")" = healthy ] || fail "it does not get healthy"
    pid=$(podman inspect --format '{{.State.Pid}}' "$container")
    [ "$(awk '/^Uid:/ {print $2}' "/proc/$pid/status")" = 65532 ] || fail "it is not uid 65532"
    [ "$(awk '/^CapEff:/ {print $2}' "/proc/$pid/status")" = 0000000000000000 ] || fail "it has capabilities"
    ! podman exec "$container" sh -c true 2> /dev/null || fail "there is a shell"
    podman exec --env HEISTCTL_CLIENT_ID=hacker-client --env HEISTCTL_CLIENT_SECRET=hacker-secret-123 "$container" \
        /heistctl call --scope simulation:read http://127.0.0.1:8001/protected-resource
    podman stop --time 20 "$container" > /dev/null
    [ "$(podman inspect --format '{{.State.ExitCode}}' "$container")" = 0 ] || fail "it did not stop cleanly"

    echo "== discovery over plain http, with the heist.toml of the compose example"
    podman rm "$container" > /dev/null
    install -m 644 packaging/examples/compose/heist.toml "$work/heist.toml"
    (umask 077; openssl rand -hex 32 > "$work/secret")
    chown 65532 "$work/secret"
    run --add-host heistctl:127.0.0.1 --volume "$work/heist.toml:/etc/heistctl/heist.toml:ro" \
        --volume "$work/secret:/run/secrets/backend-secret:ro" "$image" serve --config /etc/heistctl/heist.toml > /dev/null
    podman exec "$container" /heistctl wait --timeout 20s
    podman exec --env HEISTCTL_ISSUER=http://heistctl:8001 --env HEISTCTL_CLIENT_ID=backend \
        --env HEISTCTL_CLIENT_SECRET_FILE=/run/secrets/backend-secret "$container" \
        /heistctl call --insecure-http --no-cache --scope orders:read http://heistctl:8001/protected-resource
    podman stop --time 20 "$container" > /dev/null

    echo "== a store on the volume outlives the container"
    podman rm "$container" > /dev/null
    volume=(--volume "$container:/data")
    run "${volume[@]}" "$image" -q client add backend --scope orders:read > /dev/null
    podman wait "$container" > /dev/null
    podman rm "$container" > /dev/null
    run "${volume[@]}" "$image" client list > /dev/null
    podman wait "$container" > /dev/null
    podman logs "$container" | grep -q '^backend  orders:read' || fail "the client is lost"

    echo "== without TLS or --insecure-http it refuses to listen"
    podman rm "$container" > /dev/null
    run "$image" > /dev/null
    [ "$(podman wait "$container")" = 2 ] || fail "it listens"
}
by_bwrap() {
    echo "== podman cannot run containers here: the image's tree is tested with bwrap, read-only and without network"
    tree=$work/tree
    # Container engines provide these.
    mkdir -p "$tree/proc" "$tree/dev" "$tree/etc"
    echo '127.0.0.1 localhost' > "$tree/etc/hosts"
    inside=(bwrap --unshare-all --uid 65532 --gid 65532 --cap-drop ALL --clearenv --ro-bind "$tree" / --proc /proc --dev /dev --die-with-parent)
    "${inside[@]}" --setenv HEISTCTL_LISTEN 0.0.0.0:8001 /heistctl "${demo[@]}" -- /heistctl wait
    "${inside[@]}" /heistctl -q serve --demo -- /heistctl call --scope simulation:read
    ! "${inside[@]}" sh -c true 2> /dev/null || fail "there is a shell"
}
if run "$image" "${demo[@]}" > /dev/null; then in_containers; else by_bwrap; fi

echo "== start: from exec to its own health check, median of 20"
python3 - "$work/tree/heistctl" <<'PYTHON'
import json, statistics, subprocess, sys, time
took = []
for _ in range(20):
    begun = time.monotonic()
    server = subprocess.Popen([sys.argv[1], "serve", "--demo", "--log", "json", "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE)
    url = json.loads(server.stdout.readline())["url"]
    subprocess.run([sys.argv[1], "-q", "health", url], check=True, stdout=subprocess.DEVNULL)
    took.append(1000 * (time.monotonic() - begun))
    server.terminate()
    server.communicate()
print(f"{statistics.median(took):.1f} ms")
PYTHON
echo "ok: the image"
