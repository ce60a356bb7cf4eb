#!/usr/bin/env python3
"""What gives out credentials, for tests: the metadata service of an instance
(IMDSv2), the endpoint of a container, and STS, on one port of loopback.

    identity.py READY-FILE LOG-FILE SCRIPT-FILE

READY-FILE gets the URL, LOG-FILE a line for each request: method, path, and
what there was of tokens, roles and forms. SCRIPT-FILE is JSON and is read for
each request: "seconds" until the credentials expire, "status" to answer with
(and "times", how often since the file was written), "stall" seconds, "role" of
the instance ("" for none), "authorization" that the container's endpoint wants,
"broken" for an answer that is no JSON. The credentials are those of IDENTITY_ACCESS_KEY,
IDENTITY_SECRET_KEY and IDENTITY_TOKEN.
"""
import datetime
import http.server
import json
import os
import sys
import time
import urllib.parse

READY, LOG, SCRIPT = sys.argv[1:4]
ROLES = '/latest/meta-data/iam/security-credentials/'
STS = """<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <SubjectFromWebIdentityToken>subject</SubjectFromWebIdentityToken>
    <AssumedRoleUser><Arn>arn:aws:sts::1:assumed-role/x/y</Arn></AssumedRoleUser>
    <Credentials>
      <SessionToken>{Token}</SessionToken>
      <SecretAccessKey>{SecretAccessKey}</SecretAccessKey>
      <Expiration>{Expiration}</Expiration>
      <AccessKeyId>{AccessKeyId}</AccessKeyId>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
</AssumeRoleWithWebIdentityResponse>"""
REFUSED = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error>
<Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized to assume</Message>
</Error><RequestId>r</RequestId></ErrorResponse>"""
struck = 0
written = 0


def credentials(script):
    end = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(
        seconds=script.get('seconds', 3600))
    return {'Code': 'Success', 'Type': 'AWS-HMAC',
            'AccessKeyId': os.environ['IDENTITY_ACCESS_KEY'],
            'SecretAccessKey': os.environ['IDENTITY_SECRET_KEY'],
            'Token': os.environ['IDENTITY_TOKEN'],
            'Expiration': end.strftime('%Y-%m-%dT%H:%M:%SZ')}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def answer(self, status, text, kind='text/plain'):
        body = text.encode()
        self.send_response(status)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_any(self):
        global struck, written
        with open(SCRIPT, encoding='utf-8') as f:
            script = json.load(f)
            if written != os.fstat(f.fileno()).st_mtime_ns:
                struck, written = 0, os.fstat(f.fileno()).st_mtime_ns
        size = int(self.headers.get('Content-Length') or 0)
        form = dict(urllib.parse.parse_qsl(self.rfile.read(size).decode()))
        words = [self.command, self.path]
        words += [self.headers[h] for h in ('Authorization', 'X-aws-ec2-metadata-token',
                                            'X-aws-ec2-metadata-token-ttl-seconds') if h in self.headers]
        words += [f'{k}={v}' for k, v in sorted(form.items())]
        with open(LOG, 'a', encoding='utf-8') as f:
            f.write(' '.join(words) + '\n')
        time.sleep(script.get('stall', 0))
        if 'status' in script and struck < script.get('times', 1 << 30):
            struck += 1
            self.answer(script['status'], '{"code":"Scripted","message":"as scripted"}')
        elif self.command == 'POST':
            self.sts(script, form)
        elif self.path.startswith('/latest/'):
            self.instance(script)
        else:
            self.container(script)

    do_GET = do_PUT = do_POST = handle_any

    def give(self, script):
        text = json.dumps(credentials(script), indent=1)
        self.answer(200, '<html>' if script.get('broken') else text, 'application/json')

    def sts(self, script, form):
        wanted = {'Action': 'AssumeRoleWithWebIdentity', 'Version': '2011-06-15',
                  'WebIdentityToken': 'web+identity/token='}
        if any(form.get(k) != v for k, v in wanted.items()) or 'denied' in form.get('RoleArn', ''):
            self.answer(403, REFUSED, 'text/xml')
        else:
            self.answer(200, STS.format(**credentials(script)), 'text/xml')

    def instance(self, script):
        role = script.get('role', 'backup-role')
        if self.command == 'PUT' and self.path == '/latest/api/token':
            self.answer(200, 'TOKEN==' if self.headers.get('X-aws-ec2-metadata-token-ttl-seconds') else '')
        elif self.headers.get('X-aws-ec2-metadata-token') != 'TOKEN==':
            self.answer(401, 'no token')
        elif self.path == ROLES and role:
            self.answer(200, role)
        elif self.path == ROLES + role and role:
            self.give(script)
        else:
            self.answer(404, 'not found')

    def container(self, script):
        if script.get('authorization', self.headers.get('Authorization')) != self.headers.get('Authorization'):
            self.answer(403, '{"code":"AccessDenied","message":"the token is another"}')
        else:
            self.give(script)


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
with open(READY + '.new', 'w', encoding='utf-8') as f:
    f.write(f'http://127.0.0.1:{server.server_address[1]}')
os.rename(READY + '.new', READY)
server.serve_forever()
