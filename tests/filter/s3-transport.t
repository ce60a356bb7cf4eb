#!/usr/bin/env bash
# How the programs reach a store: kept connections, IPv6, proxies, no content
# encodings.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/s3server.sh"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/tls.key" -out "$T/tls.pem" -subj /CN=x -addext 'subjectAltName=IP:127.0.0.1,IP:::1,DNS:localhost' -days 2 2>/dev/null
s3server_start --cert "$T/tls.pem" --key "$T/tls.key"
https=$S3_ENDPOINT
export S3_CA_FILE=$T/tls.pem
s3server_start
http=$S3_ENDPOINT
head -c 20000000 /dev/urandom >"$T/in"
holds() { s3get -q "$1" | cmp - "$T/in"; }
connections() { server_log '[.[].connection] | unique | length'; }
# through NAME COMMAND...: starts tests/lib/proxy.py; $port is its port.
through() {
    /usr/bin/python3 -EB "$TESTS/lib/proxy.py" "$T/port.$1" "$T/log.$1" "${@:2}" &
    at_exit "kill $!"
    await 10 test -s "$T/port.$1" || { echo 'Bail out! proxy.py did not start' && exit 1; }
    port=$(cat "$T/port.$1")
}

# ---- whom S3_CA_FILE trusts: no certificate of the system, by file or directory
mkdir "$T/system"
cp "$T/tls.pem" "$T/system/ca-certificates.crt"
cp "$T/tls.pem" "$T/system/$(openssl x509 -hash -noout -in "$T/tls.pem").0"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/other.key" -out "$T/other.pem" -subj /CN=other -days 2 2>/dev/null
# With these in place of the certificates of this machine.
with_system() { unshare -m sh -c 'mount --bind "$0" /etc/ssl/certs && exec "$@"' "$T/system" "$@"; }
if with_system true 2>/dev/null; then
    S3_ENDPOINT=$https run with_system env -u S3_CA_FILE s3ls
    exits 'a server whose certificate the system trusts' 0
    S3_ENDPOINT=$https S3_CA_FILE=$T/other.pem S3_RETRIES=1 run with_system s3ls
    exits 'a server that only the system trusts, with S3_CA_FILE' 1 'certificate'
else
    echo '# nothing can be mounted here: S3_CA_FILE beside certificates of the system is not tried'
fi

# ---- connections
for jobs in 1 3; do
    server_log_clear
    s3put -q -j $jobs -p 5M kept <"$T/in"
    ok "s3put keeps a connection, and one a worker of $jobs" test "$(connections)" -le $((jobs + 1))
    server_log_clear
    s3get -q -j $jobs -p 1M kept >/dev/null
    ok "s3get keeps one a worker of $jobs" test "$(connections)" -le "$jobs"
done
for i in $(seq -w 2500); do printf 'many/%s\0' "$i"; done | python3 "$TESTS/lib/make_objects.py"
server_log_clear
s3ls many/ >"$T/keys"
is 's3ls keeps its connection' "$(connections)" 1
server_log_clear
s3rm -q -j 1 <"$T/keys"
is 's3rm keeps its connection' "$(connections)" 1

# ---- content encodings
server_log_clear
s3get -q kept >/dev/null
is 'none is asked for' "$(server_log '[.[].headers[][0] | ascii_downcase | select(. == "accept-encoding")] | length')" 0
gzip <<<text >"$T/gz"
s3put -q -H 'Content-Encoding: gzip' encoded <"$T/gz"
ok 'none is undone' eval 's3get -q encoded | cmp - "$T/gz"'

# ---- IPv6
if grep -q . /proc/net/if_inet6 2>/dev/null && through six ::1 "${http##*:}"; then
    S3_ENDPOINT="http://[::1]:$port"
    run s3put six <"$T/in"
    exits 'IPv6' 0
    ok 'IPv6, and back' holds six
    through sixs ::1 "${https##*:}"
    S3_ENDPOINT="https://[::1]:$port"
    run s3put six <"$T/in"
    exits 'IPv6 over https' 0
    ok 'IPv6 over https, and back' holds six
else
    ok 'IPv6 # SKIP this machine has none' true
fi

# ---- proxies
PROXY_AUTH='me:p@ss word' through proxy 127.0.0.1
unset no_proxy NO_PROXY
proxy="http://me:p%40ss%20word@127.0.0.1:$port"
for endpoint in "$http" "$https"; do
    scheme=${endpoint%%:*}
    S3_ENDPOINT=$endpoint
    : >"$T/log.proxy"
    run env "${scheme}_proxy=$proxy" s3put -n "by $scheme" <"$T/in"
    exits "a proxy with a password, $scheme" 0
    ok "and back, $scheme" eval '"env" "${scheme}_proxy=$proxy" s3get -q "by $scheme" | cmp - "$T/in"'
    matches "it goes by the proxy, $scheme" "$(cat "$T/log.proxy")" "^(CONNECT 127|HEAD http://127|GET http://127|PUT http://127).* 200"
    ok "nothing is refused there, $scheme" not grep -q " 407$" "$T/log.proxy"
    run env "${scheme}_proxy=http://me:wrong@127.0.0.1:$port" S3_RETRIES=1 s3ls
    is "another password: status, $scheme" "$status" 1
    matches "another password, $scheme" "$err" '[^0-9]407([^0-9]|$)'
    ok "no password is shown, $scheme" not grep -q wrong "$T/err"
    : >"$T/log.proxy"
    run env "${scheme}_proxy=$proxy" no_proxy=127.0.0.1 s3ls
    exits "no_proxy, $scheme" 0
    is "goes by none, $scheme" "$(cat "$T/log.proxy")" ''
done
done_testing
