"""Stand-ins for what the part under test speaks to: `python3 parts_servers.py COMMAND PORT ...`, see COMMANDS at the end."""
import base64
import http.client
import http.server
import json
import re
import socketserver
import sys
import threading
import urllib.parse

from parts import HERE, PATIENCE, manifests


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A client that hangs up is not an error."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Record:
    """A file to which each server appends what it was told, a line at a time."""

    def __init__(self, path):
        self.file = open(path, "a", encoding="utf-8", buffering=1)
        self.lock = threading.Lock()

    def add(self, text):
        with self.lock:
            self.file.write(text + "\n")


def serve(port, handler):
    with Server((HERE, int(port)), handler) as server:
        server.serve_forever()


def sink(port, path):
    """Takes every mail by SMTP or LMTP, but none for refused@, and records the conversation. Offers XCLIENT."""
    record = Record(path)

    class Handler(socketserver.StreamRequestHandler):
        def say(self, text):
            self.wfile.write(text.encode() + b"\r\n")

        def hear(self):
            line = self.rfile.readline()
            if not line:
                return None
            line = line.decode(errors="replace").rstrip("\r\n")
            record.add(line)
            return line

        def take_mail(self):
            self.say("354 go on")
            while self.hear() not in (".", None):
                pass
            self.say("250 2.0.0 taken")

        def handle(self):
            self.say("220 sink ESMTP")
            while (line := self.hear()) is not None:
                verb = line.split(" ")[0].upper()
                if verb in ("EHLO", "LHLO"):
                    self.say("250-sink\r\n250-XCLIENT NAME ADDR PORT PROTO HELO LOGIN\r\n250-8BITMIME\r\n250 SIZE")
                elif verb == "XCLIENT":
                    self.say("220 sink ESMTP")
                elif verb == "DATA":
                    self.take_mail()
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("550 5.1.1 not here" if "refused@" in line else "250 2.0.0 ok")

    serve(port, Handler)


def mailbox(port, protocol, path):
    """Lets everybody in by IMAP or POP3, and records what was said. nginx logs in with IMAP literals."""
    record = Record(path)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            tag = "" if protocol == "imap" else "+"
            self.wfile.write(f"{tag or '* '}OK mailbox ready\r\n".encode())
            while line := self.rfile.readline().decode().rstrip("\r\n"):
                record.add(line)
                if protocol == "imap" and (command := re.match(r"(\S+ )[A-Z]+( |$)", line)):
                    tag = command[1]
                literal = re.search(r"\{\d+\}$", line)
                self.wfile.write(b"+ go on\r\n" if literal else f"{tag}OK the mailbox took it\r\n".encode())

    serve(port, Handler)


USERS = {
    "user@example.com": "right",
    "ascii@example.com": "".join(map(chr, range(0x21, 0x7F))) + " and %C3%A4",
    "user@xn--bcher-kva.example": "pässwörd €",
    "user@xn--e1afmkfd.example": "пароль",
}
WEBMAIL_PORTS = ("14190", "10143", "10025")


def as_stored(name):
    """core/admin/mailu/models.py, IdnaEmail."""
    import idna  # here, as few have it

    local, at, domain = name.lower().rpartition("@")
    return local + at + idna.encode(domain).decode("ascii")


def is_user(headers):
    """core/admin/mailu/internal/nginx.py, handle_authentication and check_credentials: percent signs are decoded as UTF-8, and the
    token of a session lets in from webmail alone. Headers arrive as Latin-1, as from gunicorn."""
    user, password = (urllib.parse.unquote(headers[name]) for name in ("Auth-User", "Auth-Pass"))
    try:
        stored = as_stored(user) if "@" in user else None
    except UnicodeError:  # idna's own are of this kind
        stored = None
    if headers["Auth-Port"] in WEBMAIL_PORTS and password.startswith("token-"):
        return user, stored in USERS and password == "token-of-" + stored
    return user, stored in USERS and password == USERS[stored]


def admin(port, path, smtp, imap, pop3):
    """Mailu's auth_http: lets users in to the port of the protocol. Tells who a visitor is by a cookie "session=USER". Records the
    headers."""
    record = Record(path)
    backends = {"smtp": smtp, "imap": imap, "pop3": pop3, "sieve": "4190"}

    class Handler(http.server.BaseHTTPRequestHandler):
        def visitor(self):
            """For Traefik's ForwardAuth: whose session the cookie is."""
            user = re.search(r"session=(\S+)", self.headers.get("Cookie", ""))
            self.send_response(200 if user else 403)
            if user:
                self.send_header("X-User", user[1])
                self.send_header("X-User-Token", "token-of-" + user[1])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def basic(self):
            """For front's /webdav: whose password is right."""
            said = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode()
            user, _, password = said.partition(":")
            self.send_response(200 if password == "right" else 401)
            self.send_header(*(("X-User", user) if password == "right" else ("WWW-Authenticate", 'Basic realm="Login Required"')))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_GET(self):
            record.add(json.dumps({"path": self.path, **{k.lower(): v for k, v in self.headers.items()}}))
            if self.path == "/internal/auth/basic":
                self.basic()
                return
            if self.path == "/internal/auth/user":
                self.visitor()
                return
            user, known = is_user(self.headers)
            self.send_response(200)
            self.send_header("Auth-User", user)  # which has to be Latin-1, as for gunicorn
            if known:
                self.send_header("Auth-Status", "OK")
                self.send_header("Auth-Server", HERE)
                self.send_header("Auth-Port", backends[self.headers["Auth-Protocol"]])
            else:
                self.send_header("Auth-Status", "Authentication credentials invalid")
                self.send_header("Auth-Error-Code", "535 5.7.8")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    serve(port, Handler)


class Page:
    """A request on its way through the middlewares, or the response on its way back."""

    def __init__(self, path, headers, status=0, body=b""):
        self.path, self.headers, self.status, self.body = path, headers, status, body

    def drop(self, names):
        self.headers = [h for h in self.headers if h[0].lower() not in [name.lower() for name in names]]


class Site:
    """What Traefik does with a request by the Ingresses of the stream and their middlewares, as far as these use it."""

    def __init__(self, stream, numbers):
        self.numbers = dict(number.split("=") for number in numbers)
        self.middlewares, self.paths = {}, []
        for m in manifests(stream):
            meta = m["metadata"]
            if m["kind"] == "Middleware":
                self.middlewares[f"{meta['namespace']}-{meta['name']}@kubernetescrd"] = m["spec"]
            elif m["kind"] == "Ingress":
                chain = meta["annotations"]["traefik.ingress.kubernetes.io/router.middlewares"].split(",")
                self.paths += [(p, chain) for rule in m["spec"]["rules"] for p in rule["http"]["paths"]]

    def ask(self, name, port, page):
        connection = http.client.HTTPConnection(HERE, int(self.numbers[f"{name}:{port}"]), timeout=PATIENCE)
        connection.putrequest("GET", page.path, skip_host=True, skip_accept_encoding=True)
        for header in page.headers:
            connection.putheader(*header)
        connection.endheaders()
        answer = connection.getresponse()
        return Page(page.path, answer.getheaders(), answer.status, answer.read())

    def headers(self, spec, page, further):
        custom = spec["customRequestHeaders"]
        page.drop(custom)
        page.headers += [(name, value) for name, value in custom.items() if value]
        return further(page)

    def redirectRegex(self, spec, page, further):
        url = "https://mail.example.com" + page.path
        target = re.sub(spec["regex"], re.sub(r"\$\{(\d)\}", r"\\\1", spec["replacement"]), url)
        return further(page) if target == url else Page(page.path, [("Location", target)], 302)

    def replacePathRegex(self, spec, page, further):
        page.path = re.sub(spec["regex"], spec["replacement"], page.path)
        return further(page)

    def stripPrefix(self, spec, page, further):
        for prefix in spec["prefixes"]:
            page.path = "/" + page.path.removeprefix(prefix).lstrip("/")
        return further(page)

    def errors(self, spec, page, further):
        before = list(page.headers)
        answer = further(page)
        if str(answer.status) in spec["status"]:
            service = spec["service"]
            answer.body = self.ask(service["name"], service["port"], Page(spec["query"], before)).body
        return answer

    def forwardAuth(self, spec, page, further):
        host, port, path = re.fullmatch(r"http://([^.:/]+)[^:/]*:(\d+)(/.*)", spec["address"]).groups()
        page.drop(spec["authResponseHeaders"])
        answer = self.ask(host, port, Page(path, page.headers))
        if answer.status != 200:
            return answer
        page.headers += [h for h in answer.headers if h[0] in spec["authResponseHeaders"]]
        return further(page)

    def answer(self, page):
        found = [(p, chain) for p, chain in self.paths if p["pathType"] == "Exact" and p["path"] == page.path]
        found += [
            (p, chain)
            for p, chain in self.paths
            if p["pathType"] == "Prefix" and (page.path + "/").startswith(p["path"].rstrip("/") + "/")
        ]
        if not found:
            return Page(page.path, [], 404)
        path, chain = found[0]
        service = path["backend"]["service"]

        def step(rest, page):
            if not rest:
                return self.ask(service["name"], service["port"]["number"], page)
            spec = self.middlewares[rest[0]]
            (kind,) = spec
            return getattr(self, kind)(spec[kind], page, lambda page: step(rest[1:], page))

        return step(chain, page)


def site(port, stream, *numbers):
    """Serves the web pages as Traefik does. `numbers` are SERVICE:PORT=PORT."""
    with open(stream, encoding="utf-8") as f:
        traefik = Site(f, numbers)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            answer = traefik.answer(Page(self.path, self.headers.items()))
            self.send_response(answer.status)
            for header in answer.headers:
                if header[0].lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(*header)
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_):
            pass

    serve(port, Handler)


COMMANDS = {f.__name__: f for f in (sink, mailbox, admin, site)}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
