# A server that takes pings, for tests in shell: . tests/lib/tap.sh, then this. It
# writes a line for each to $T/www/pings: the path, and the last line of the body.
# shellcheck shell=bash

pings_start() { # its URL is $pings
    mkdir "$T/www"
    : >"$T/www/pings"
    cat >"$T/pings.py" <<'PY'
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        with open(sys.argv[1] + "/pings", "a") as f:
            f.write("%s %s\n" % (self.path, body.strip().splitlines()[-1] if body.strip() else "-"))
        self.send_response(200), self.end_headers()
    def log_message(self, *a): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open(sys.argv[1] + "/port", "w") as f: f.write(str(server.server_port))
server.serve_forever()
PY
    /usr/bin/python3 "$T/pings.py" "$T/www" &
    at_exit "kill $!"
    await 10 test -s "$T/www/port"
    pings=http://127.0.0.1:$(cat "$T/www/port")
}
# pinged: the paths since the last time, on one line.
pinged() {
    cut -d ' ' -f 1 "$T/www/pings" | xargs
    : >"$T/www/pings"
}
