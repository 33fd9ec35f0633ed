#!/usr/bin/env bash
# Prints how long a client waits for its token over TLS while another address replays a ClientHello on
# new connections: 2,000 a second, against an RSA-4096 certificate, whose handshakes cost most.
#   benches/handshakes.sh              SECONDS_EACH=10 and A_SECOND=2000 can be set
#   HEISTCTL=/path/to/heistctl benches/handshakes.sh      measures another build
# Needs openssl and python3. Client, flood and server share the machine's cores.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${SECONDS_EACH:-10} a_second=${A_SECOND:-2000}
source benches/floods.sh
for kind in RSA-4096 P-256; do
    certificate "$kind"
    serve --tls-cert "$work/tls.crt" --tls-key "$work/tls.key"
    echo "$kind, alone:"
    flood honest "$url" 127.0.0.2 "$seconds"
    echo "$kind, beside $a_second replayed ClientHellos a second from another address:"
    beside hellos "$url" 127.0.0.3 "$a_second"
    flood honest "$url" 127.0.0.2 "$seconds"
    stop
done
