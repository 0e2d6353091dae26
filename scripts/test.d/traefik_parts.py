"""What the test `traefik` puts round the real parts: `python3 traefik_parts.py COMMAND ...`, see COMMANDS at the end.

The stand-ins for admin do what Mailu 2024.06 does; each says in which of its files that was read.
"""
import base64
import ipaddress
import json
import re
import sys
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import yaml
from parts import manifests
from parts_servers import Record, is_user

# ---- objects for the API server


def slices(service, addresses):
    """As the cluster's controller would write them: the Service's pods are at the address of their component."""
    meta, spec = service["metadata"], service["spec"]
    component = spec.get("selector", {}).get("app.kubernetes.io/component")
    if component not in addresses:
        return
    yield {
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": meta["name"] + "-1", "namespace": meta["namespace"],
                     "labels": {"kubernetes.io/service-name": meta["name"]}},
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}} for address in addresses[component].split(",")],
        "ports": [{"name": port["name"], "port": port.get("targetPort", port["port"]), "protocol": "TCP"} for port in spec["ports"]],
    }


def objects(stream, kinds, *addresses):
    """Prints what of the stream Traefik reads, as a List: the `kinds`, and the Services with EndpointSlices that lead to `addresses`,
    COMPONENT=ADDRESS, with commas between several."""
    addresses = dict(a.split("=") for a in addresses)
    items = []
    with open(stream, encoding="utf-8") as f:
        for m in manifests(f):
            if m["kind"] == "Service":
                items += [m, *slices(m, addresses)]
            elif m["kind"] in kinds.split(","):
                items.append(m)
    # What others refer to comes first: there is a moment between one and the next.
    items.sort(key=lambda m: m["kind"].startswith("Ingress"))
    print(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))


def hosts(stream, *addresses):
    """Prints lines of /etc/hosts: what DNS says in a cluster about the Services of the stream."""
    addresses = dict(a.split("=") for a in addresses)
    with open(stream, encoding="utf-8") as f:
        for m in manifests(f):
            if m["kind"] == "Service" and (address := addresses.get(m["spec"].get("selector", {}).get("app.kubernetes.io/component"))):
                print(f"{address.split(',')[0]} {m['metadata']['name']}.{m['metadata']['namespace']}.svc.cluster.local")


def certificates(stream):
    """Prints a line SECRET NAME,NAME for each Secret that the Ingresses of the stream have their certificates in."""
    names = {}
    with open(stream, encoding="utf-8") as f:
        for m in manifests(f):
            for tls in m["spec"].get("tls", []) if m["kind"] == "Ingress" else []:
                names.setdefault(tls["secretName"], {}).update(dict.fromkeys(tls["hosts"]))
    for secret, hosts_of_it in names.items():
        print(secret, ",".join(hosts_of_it))


def without(stream, *kinds):
    """Prints the stream without the `kinds`."""
    with open(stream, encoding="utf-8") as f:
        yaml.safe_dump_all([m for m in manifests(f) if m["kind"] not in kinds], sys.stdout)


# ---- Traefik's flags


def flags(example, given="all"):
    """Prints the flags that Traefik's chart makes of the values in plugin/k3s/traefik.yaml, one a line. The ports are those outside:
    there is no Service of Traefik's here. With "no-defaults" the entry points have no asDefault."""
    with open(example, encoding="utf-8") as f:
        values = yaml.safe_load(yaml.safe_load(f)["spec"]["valuesContent"])
    for name, port in values["ports"].items():
        number = port.get("exposedPort") or {"web": 80, "websecure": 443}[name]  # the chart's own
        print(f"--entryPoints.{name}.address=:{number}/tcp")
        if port.get("asDefault") and given != "no-defaults":
            print(f"--entryPoints.{name}.asDefault=true")
        for timeout, value in port.get("transport", {}).get("respondingTimeouts", {}).items():
            print(f"--entryPoints.{name}.transport.respondingTimeouts.{timeout}={value}")
    print("--entryPoints.managesieve.address=:4190/tcp")  # only in its comment, as it is off unless asked for
    print("--entryPoints.websecure.http.tls=true")  # the chart's own
    print("\n".join(values["additionalArguments"]))


# ---- servers


class Pages(BaseHTTPRequestHandler):
    """Answers with what it was asked, and records it."""

    record = None
    protocol_version = "HTTP/1.1"

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def asked(self):
        length = len(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        headers = {}
        for name, value in self.headers.items():
            headers.setdefault(name.lower(), []).append(value)
        asked = json.dumps({"path": self.path, "length": length, "headers": headers, "at": self.connection.getsockname()[0]})
        self.record.add(asked)
        return asked.encode()

    def do_GET(self):
        self.answer(200, self.asked())

    do_POST = do_GET

    def cookie(self, name):
        found = SimpleCookie(self.headers.get("Cookie", "")).get(name)
        return found and found.value

    def log_message(self, *_):
        pass


class Idp(Pages):
    """Somebody's own login, as a ForwardAuth middleware asks it: it knows who has its cookie."""

    def do_GET(self):
        self.asked()
        user = self.cookie("idp")
        if user:
            self.answer(200, X_Auth_Email=user, X_Groups="staff")
        else:
            self.answer(401, b"log in at the identity provider")


class Admin(Pages):
    """Mailu's admin. Pages of its own it has but one, the login."""

    backends = {}
    whitelist = []

    def login(self):
        """core/admin/mailu/sso/views/base.py: login and _proxy. The address of who asks is ProxyFix's, of core/admin/mailu/utils.py: the
        last one of X-Forwarded-For. WEB_ADMIN and the header's name are those of the environment."""
        user = self.headers.get("X-Auth-Email")
        if not user:
            self.answer(200, b"the login page")
            return
        remote = self.headers.get("X-Forwarded-For", self.client_address[0]).split(",")[-1].strip()
        proxy = self.headers.get("X-Forwarded-By", remote)
        if any(ipaddress.ip_address(proxy) in network for network in self.whitelist):
            self.answer(302, Location="/admin", Set_Cookie="session=" + user)
        else:
            self.answer(500, f"{proxy} is not on PROXY_AUTH_WHITELIST".encode())

    def user(self):
        """core/admin/mailu/internal/views/auth.py, user_authentication."""
        user = self.cookie("session")
        if user:
            self.answer(200, X_User=user, X_User_Token="token-of-" + user)
        else:
            self.answer(403, b"Forbidden")

    def admin(self):
        """The same, admin_authentication."""
        self.answer(200 if (self.cookie("session") or "").startswith("admin@") else 403)

    def basic(self):
        """The same, basic_authentication: the rate limit is for whom X-Real-IP names."""
        user, _, password = base64.b64decode(self.headers.get("Authorization", "").removeprefix("Basic ")).decode().partition(":")
        if password == "right":
            self.answer(200, X_User=user)
        else:
            self.answer(401, WWW_Authenticate='Basic realm="Login Required"')

    def email(self):
        """The same, nginx_authentication, and core/admin/mailu/internal/nginx.py, get_server: where a user's session goes."""
        user, known = is_user(self.headers)
        host, port = self.backends[self.headers["Auth-Protocol"]].split(":")
        if known:
            self.answer(200, Auth_Status="OK", Auth_User=user, Auth_Server=host, Auth_Port=port)
        else:
            code = {"smtp": "535 5.7.8", "imap": "AUTHENTICATIONFAILED", "pop3": "-ERR Authentication failed",
                    "sieve": "AuthFailed"}
            self.answer(200, Auth_Status="Authentication credentials invalid", Auth_User=user, Auth_Wait="0",
                        Auth_Error_Code=code[self.headers["Auth-Protocol"]])

    def do_GET(self):
        asked = self.asked()
        page = re.sub(r"\?.*", "", self.path)
        pages = {"/sso/login": self.login, "/internal/auth/user": self.user, "/internal/auth/email": self.email,
                 "/internal/auth/admin": self.admin, "/internal/auth/basic": self.basic}
        pages.get(page, lambda: self.answer(200, asked))()

    do_POST = do_GET


def serve(handler, port, path):
    handler.record = Record(path)
    server = ThreadingHTTPServer(("", int(port)), handler)
    server.daemon_threads = True
    server.serve_forever()


def pages(port, path):
    serve(Pages, port, path)


def idp(port, path):
    serve(Idp, port, path)


def admin(port, path, whitelist, *backends):
    """`whitelist` is PROXY_AUTH_WHITELIST, `backends` are PROTOCOL=ADDRESS:PORT."""
    Admin.whitelist = [ipaddress.ip_network(network) for network in whitelist.split(",")]
    Admin.backends = dict(b.split("=") for b in backends)
    serve(Admin, port, path)


COMMANDS = {f.__name__: f for f in (objects, hosts, certificates, without, flags, pages, idp, admin)}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
