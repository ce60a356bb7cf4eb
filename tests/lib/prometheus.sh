# A private Prometheus for tests in shell: . tests/lib/tap.sh, then this. Debian's
# package would start a server of its own, so its files alone are taken, by
# `scripts/install-deps` nothing of it is: tests/lib/prometheus.sh fetch.
# shellcheck shell=bash

prometheus_dir=${XDG_CACHE_HOME:-$HOME/.cache}/s3pipe/prometheus

# prometheus_fetch: the package's files, without installing it.
prometheus_fetch() {
    [ ! -x "$prometheus_dir/usr/bin/prometheus" ] || return 0
    local work
    work=$(mktemp -d) && chmod 755 "$work" &&
        (cd "$work" && apt-get download prometheus >/dev/null 2>&1 && dpkg -x prometheus_*.deb "$prometheus_dir")
    rm -rf "$work"
    [ -x "$prometheus_dir/usr/bin/prometheus" ]
}
prometheus_needed() {
    PATH=$PATH:$prometheus_dir/usr/bin
    command -v prometheus >/dev/null && command -v promtool >/dev/null && return
    { [ -n "${CI:-}" ] && prometheus_fetch; } || skip_all 'no prometheus (tests fetch it only in CI)'
}

# prometheus_start RULES FILE: scrapes the file of metrics every second; its URL is $prometheus.
prometheus_start() {
    local port
    port=$(/usr/bin/python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    mkdir -p "$T/prometheus" "$T/metrics.d"
    /usr/bin/python3 -EB -c '
import http.server, sys
class Metrics(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            body = open(sys.argv[1], "rb").read()
        except OSError:
            body = b""
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = http.server.HTTPServer(("127.0.0.1", 0), Metrics)
open(sys.argv[2], "w").write(str(server.server_port))
server.serve_forever()' "$2" "$T/prometheus/target" &
    at_exit "kill $!"
    await 10 test -s "$T/prometheus/target"
    cat >"$T/prometheus/prometheus.yml" <<END
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: ["$1"]
scrape_configs:
  - job_name: node
    static_configs: [{targets: ["127.0.0.1:$(<"$T/prometheus/target")"]}]
END
    prometheus --config.file="$T/prometheus/prometheus.yml" --storage.tsdb.path="$T/prometheus/data" \
        --web.listen-address="127.0.0.1:$port" >"$T/prometheus/log" 2>&1 &
    at_exit "kill $!"
    prometheus=http://127.0.0.1:$port
    await 20 curl -fsS --noproxy '*' -o /dev/null "$prometheus/-/ready" 2>/dev/null
}
# ask QUERY: its results, as JSON.
ask() { curl -fsS --noproxy '*' --data-urlencode "query=$1" "$prometheus/api/v1/query" | jq -c '.data.result'; }
# firing: the names of the alerts that are, pending ones too.
firing() { curl -fsS --noproxy '*' "$prometheus/api/v1/alerts" | jq -r '.data.alerts[].labels.alertname' | sort -u | xargs; }
