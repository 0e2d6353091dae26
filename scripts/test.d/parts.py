"""Clients and other helpers of the tests with real parts: `python3 parts.py COMMAND ...`, see COMMANDS at the end."""
import json
import os
import re
import socket
import struct
import sys
import time

HERE = "127.0.0.1"
PATIENCE = 60  # seconds until a test that waits for something gives up


def ports(count):
    """Prints `count` ports that are free now, of the hundred from $PORTS on: below those that outgoing connections are given."""
    held = []
    first = int(os.environ["PORTS"])
    for port in range(first, first + 100):
        try:
            held.append(socket.create_server(("", port)))
        except OSError:
            continue
        if len(held) == int(count):
            break
    print(*(s.getsockname()[1] for s in held))


def manifests(stream):
    import yaml  # here, as it takes long to load

    return yaml.load_all(stream, Loader=yaml.CSafeLoader)


def pick(stream, kind, name, *path):
    """Prints what is at `path` in a manifest: a string as it is, anything else as JSON."""
    with open(stream, encoding="utf-8") as f:
        found = [m for m in manifests(f) if m["kind"] == kind and m["metadata"]["name"] == name]
    if len(found) != 1:
        sys.exit(f"{len(found)} of {kind}/{name} in {stream}")
    node = found[0]
    for key in path:
        node = node[int(key) if isinstance(node, list) else key]
    if isinstance(node, str):
        sys.stdout.write(node)
    else:
        print(json.dumps(node))


def wait(port):
    """Returns when something listens on `port`."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            socket.create_connection((HERE, int(port)), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    sys.exit(f"nothing listens on {port}")


def closed(port):
    """Returns when nothing listens on `port`."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            socket.create_connection((HERE, int(port)), 1).close()
        except OSError:
            return
        time.sleep(0.05)
    sys.exit(f"something listens on {port}")


def wait_for(path, text):
    """Returns when the file `path` contains `text`."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            with open(path, encoding="utf-8", errors="replace") as f:
                if text in f.read():
                    return
        except FileNotFoundError:
            pass  # not yet
        time.sleep(0.05)
    sys.exit(f"no {text!r} in {path}")


# ---- clients ----


def proxy_header(source):
    """The PROXY protocol's version 2, as Traefik sends it, on behalf of `source`."""
    addresses = socket.inet_aton(source) + socket.inet_aton(HERE) + struct.pack("!HH", 45678, 25)
    return b"\r\n\r\n\0\r\nQUIT\n" + bytes([0x21, 0x11]) + struct.pack("!H", len(addresses)) + addresses


def connect(port, source, announced):
    """A connection from the loopback address `source`. `announced` is whom a PROXY header names, "-" for no header, or
    "tls" for a connection under TLS, without a header."""
    s = socket.create_connection((HERE, int(port)), PATIENCE, source_address=(source, 0))
    s.settimeout(PATIENCE)
    if announced == "tls":
        import ssl  # here, as it takes long to load

        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        s = context.wrap_socket(s)
    elif announced != "-":
        s.sendall(proxy_header(announced))
    return s, s.makefile("rb")


LAST = {"smtp": rb"\d\d\d( |\r)", "imap": rb"(a\d* |\+|\* OK .*ready)", "pop3": rb"(\+|-ERR)", "sieve": rb'(OK|NO|BYE)[ \r]|"?(VXNlcm5hbWU6|UGFzc3dvcmQ6)'}  # those ask for name and password


def reply(protocol, stream):
    """The lines of one reply. None when the other side has hung up."""
    lines = []
    while True:
        line = stream.readline()
        if not line:
            return lines or None
        lines.append(line.decode().rstrip())
        if re.match(LAST[protocol], line):
            return lines


def talk(protocol, port, source, announced, *commands):
    """Sends each command after the reply to the one before, and prints the whole conversation."""
    try:
        s, stream = connect(port, source, announced)
        with s:
            for command in (None, *commands):
                if command is not None:
                    print(">", command)
                    s.sendall(command.encode() + b"\r\n")
                answer = reply(protocol, stream)
                if answer is None:
                    break
                print("\n".join(answer))
            else:
                return
    except ConnectionError:
        pass
    except TimeoutError:
        print("no answer")
        return
    print("hung up")


def starttls(protocol, port, source, announced, certificate, *commands):
    """As talk, by SMTP or ManageSieve, after STARTTLS. The server has to have `certificate`, for mail.example.com."""
    import ssl

    s, stream = connect(port, source, announced)
    for command in (None, *([b"EHLO client\r\n"] if protocol == "smtp" else []), b"STARTTLS\r\n"):
        s.sendall(command or b"")
        print("\n".join(reply(protocol, stream)))
    name = "mail.example.com"
    s = ssl.create_default_context(cafile=certificate).wrap_socket(s, server_hostname=name)
    print(s.version(), name)
    stream = s.makefile("rb")
    if protocol == "sieve":
        print("\n".join(reply(protocol, stream)))
    for command in commands:
        print(">", command)
        s.sendall(command.encode() + b"\r\n")
        answer = reply(protocol, stream)
        print("\n".join(answer or ["hung up"]))
        if not answer:
            return


def crowd(port, source, announced, count):
    """Opens `count` connections and keeps them all. Prints how each is greeted: in what order is the server's matter."""
    held = [connect(port, source, announced) for _ in range(int(count))]
    for _, stream in held:
        print(stream.readline().decode().rstrip())


def office(port, source, count, user, plain):
    """`count` mail clients with one address, all logged in before one of them sends. Prints how each ends."""

    def say(stream, text):
        client, lines = stream
        try:
            client.sendall(text.encode() + b"\r\n")
            return (reply("smtp", lines) or ["hung up"])[-1]
        except OSError:
            return "hung up"

    held = [connect(port, source, "tls") for _ in range(int(count))]
    for client in held:
        reply("smtp", client[1])
    for text in ("EHLO client", f"AUTH PLAIN {plain}", f"MAIL FROM:<{user}>", "RCPT TO:<x@example.org>", "DATA"):
        for client in held:
            say(client, text)
    for client in held:
        print(say(client, "Subject: from the office\r\n\r\n."))


def web(port, source, path, *headers):
    """Asks for `path` with exactly these header lines, and prints the whole response: nothing if there is no response."""
    s = socket.create_connection((HERE, int(port)), PATIENCE, source_address=(source, 0))
    s.settimeout(PATIENCE)
    lines = [f"GET {path} HTTP/1.1", "Host: mail.example.com", "Connection: close", *headers, "", ""]
    s.sendall("\r\n".join(lines).encode())
    try:
        print(b"".join(iter(lambda: s.recv(65536), b"")).decode())
    except ConnectionError:
        pass


# ---- routes ----


def routes(stream, certificate, *numbers):
    """Prints a configuration of haproxy that does what Traefik does by the IngressRouteTCPs of the stream, as Traefik's pod
    127.77.0.1. `numbers` are ENTRYPOINT=PORT and SERVICE:PORT=PORT: what these are on this machine."""
    numbers = dict(number.split("=") for number in numbers)
    print("defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s")
    with open(stream, encoding="utf-8") as f:
        found = [m for m in manifests(f) if m["kind"] == "IngressRouteTCP"]
    for route in found:
        name, spec = route["metadata"]["name"], route["spec"]
        (entry,), (rule,) = spec["entryPoints"], spec["routes"]
        (service,) = rule["services"]
        tls = f" ssl crt {certificate} ssl-min-ver TLSv1.2" if "tls" in spec else ""
        version = service.get("proxyProtocol", {}).get("version")
        proxy = {None: "", 1: " send-proxy", 2: " send-proxy-v2"}[version]
        print(f"listen {name}\n  bind {HERE}:{numbers[entry]}{tls}")
        number = numbers[f"{service['name']}:{service['port']}"]
        print(f"  server {service['name']} {HERE}:{number} source 127.77.0.1{proxy}")


COMMANDS = {f.__name__: f for f in (ports, pick, wait, closed, wait_for, talk, starttls, crowd, office, web, routes)}

if __name__ == "__main__":
    COMMANDS[sys.argv[1]](*sys.argv[2:])
