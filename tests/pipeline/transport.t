#!/usr/bin/env bash
# A real S3 server over TLS with a private CA, and by virtual addressing.
. "$(dirname "$0")/../lib/tap.sh"
. "$TESTS/lib/store.sh"

# authority: a CA and a certificate of the server's names, in $T/tls.
mkdir "$T/tls"
openssl req -x509 -newkey rsa:2048 -nodes -keyout "$T/tls/ca.key" -out "$T/tls/ca.pem" -subj /CN=ca -days 2 2>/dev/null
certificate() { # NAME SUBJECT-ALT-NAME DAYS
    openssl req -newkey rsa:2048 -nodes -keyout "$T/tls/$1.key" -out "$T/tls/$1.csr" -subj /CN=server 2>/dev/null
    openssl x509 -req -in "$T/tls/$1.csr" -CA "$T/tls/ca.pem" -CAkey "$T/tls/ca.key" -CAcreateserial \
        -out "$T/tls/$1.pem" -days "$3" -extfile <(echo "subjectAltName=$2") 2>/dev/null
}
certificate good 'IP:127.0.0.1,DNS:localhost,DNS:*.localhost' 2
certificate other 'DNS:other.example' 2
head -c 20000000 /dev/urandom >"$T/in"

LOCAL_S3_ARGS="--cert $T/tls/good.pem --key $T/tls/good.key" store_start
run s3ls
exits 'a CA that is not trusted' 1 '127.0.0.1:[0-9]+: .*certificate'
matches 'is not asked again' "$err" 'certificate\)?$'
export S3_CA_FILE=$T/tls/ca.pem
run s3put tls <"$T/in"
exits 's3put over TLS' 0
ok 's3get over TLS' eval 's3get -q tls | cmp - "$T/in"'
head -c 300M /dev/zero | /usr/bin/time -f %M -o "$T/peak" s3put -q large
ok "s3put over TLS stays under 64 MiB ($(cat "$T/peak") KiB)" test "$(cat "$T/peak")" -lt 65536
S3_CA_FILE=$T/none run s3ls
exits 'a CA file that is not there' 1 'list backups: 127.0.0.1:'
"$ROOT/scripts/local-s3" stop "$T/store"

LOCAL_S3_ARGS="--cert $T/tls/other.pem --key $T/tls/other.key" store_start
run s3ls
exits "a certificate of another's name" 1 '127.0.0.1:[0-9]+: .*(certificate|host name|subject)'
"$ROOT/scripts/local-s3" stop "$T/store"
unset S3_CA_FILE

case $(sed -n 1p "$T/store.err") in
*"test server"*) ;; # takes BUCKET.localhost by itself
*) export LOCAL_S3_ARGS='--virtual-domain localhost' ;;
esac
store_start
export S3_ENDPOINT=${S3_ENDPOINT/127.0.0.1/localhost} S3_ADDRESSING=virtual
key='a b/+%/ü'
run s3put "$key" <"$T/in"
exits 's3put by virtual addressing' 0
ok 's3get by virtual addressing' eval 's3get -q "$key" | cmp - "$T/in"'
is 's3ls by virtual addressing' "$(s3ls 'a b')" "$key"
is 's3rm by virtual addressing' "$(s3rm "$key")" "$key"
done_testing
