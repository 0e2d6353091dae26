"""The clients of the test `traefik`, who are outside: `python3 traefik_clients.py DIRECTORY WHEN...`, see the end."""
import base64
import imaplib
import json
import os
import poplib
import re
import smtplib
import socket
import ssl
import subprocess
import sys
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

NAME = "mail.example.com"
STRANGER, OFFICE, TRAEFIK, SUBNET = "203.0.113.9", "198.51.100.7", "10.42.0.1", "10.42."
PATIENCE = 30  # seconds until something that is waited for is not coming
SILENCE = 4  # seconds after which nothing is said any more
USER, PASSWORD = "user@example.com", "right"
MAIL = {25: "smtp", 465: "smtp", 587: "smtp", 993: "imap", 995: "pop3"}

work = sys.argv[1]
tls = ssl.create_default_context(cafile=os.path.join(work, "trusted"))


def check(what, held):
    if not held:
        sys.exit(f"failed: {what}")


def expect(what, pattern, text):
    if not re.search(pattern, text, re.M):
        sys.exit(f"failed: {what}: expected {pattern} in\n{text}")


def read(name):
    with open(os.path.join(work, name), encoding="utf-8", errors="replace") as f:
        return f.read()


def until(what, true):
    """Waits until `true` returns something that is, and returns it."""
    end = time.monotonic() + PATIENCE
    last_error = None
    while time.monotonic() < end:
        try:
            if answer := true():
                return answer
        except (OSError, EOFError, smtplib.SMTPException) as error:
            last_error = error  # not yet
        time.sleep(0.1)
    sys.exit(f"failed: {what}: waited for {PATIENCE} s, {last_error!r}")


def last(name):
    """What a stand-in was asked last."""
    return json.loads(read(name).splitlines()[-1])


# ---- mail


def smtp(port=25, user=None, starttls=False):
    if port == 25:
        client = smtplib.SMTP(NAME, port, "client.example.net", PATIENCE, source_address=(STRANGER, 0))
    else:
        client = smtplib.SMTP_SSL(NAME, port, "client.example.net", timeout=PATIENCE, context=tls, source_address=(STRANGER, 0))
    client.ehlo()
    if starttls:
        client.starttls(context=tls)
        client.ehlo()
    if user:
        client.login(user, PASSWORD)
    return client


def send(client, sender, recipient, subject):
    """The code with which the mail is taken or refused, at whichever command."""
    with client:
        for code, _ in (client.mail(sender), client.rcpt(recipient)):
            if code >= 400:
                return code
        return client.data(f"Subject: {subject}\r\nUser-Agent: a client\r\n\r\n{subject}\r\n")[0]


def imap():
    client = imaplib.IMAP4_SSL(NAME, 993, ssl_context=tls, timeout=PATIENCE)
    client.login(USER, PASSWORD)
    client.select()
    return client


def mail(client, subject):
    """The text of the mail with this subject, when it has come."""

    def find():
        client.noop()
        _, (found,) = client.search(None, "SUBJECT", f'"{subject}"')
        return found and client.fetch(found.split()[-1], "(RFC822)")[1][0][1].decode()

    return until(f"{subject} is in the mailbox", find)


def spoken(port, text=b"", wait=SILENCE):
    """What is answered to bytes that are no TLS."""
    with socket.create_connection((NAME, port), PATIENCE) as s:
        s.settimeout(wait)
        s.sendall(text)
        answer = b""
        try:
            while more := s.recv(4096):
                answer += more
        except (TimeoutError, ConnectionError):
            pass
        return answer.decode(errors="replace")


def handshake(port, protocols, name):
    """The version of TLS that is spoken, None when there is no connection."""
    context = ssl.create_default_context(cafile=os.path.join(work, "trusted"))
    if protocols:
        context.set_alpn_protocols(protocols)
    if name is None:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        with socket.create_connection((NAME, port), PATIENCE) as s, context.wrap_socket(s, server_hostname=name) as s:
            return s.version()
    except ssl.SSLError:
        return None


def s_client(port, *options):
    return subprocess.run(["openssl", "s_client", "-connect", f"{NAME}:{port}", "-servername", NAME, "-CAfile", os.path.join(work, "trusted"),
                           "-verify_return_error", *options], input=b"", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
                          ).stdout.decode(errors="replace")


def relays(starttls=False):
    return send(smtp(starttls=starttls), "somebody@example.net", "x@example.org", "relayed") == 250


def from_the_world():
    """Holes 1, 2, 9."""
    check("nothing is relayed", not relays())
    check("nothing is relayed under TLS either", not relays(starttls=True))
    # What a client says of itself is believed neither by Traefik nor by postfix.
    announced = f"PROXY TCP4 {TRAEFIK} {TRAEFIK} 4000 25\r\n"
    said = spoken(25, (announced + "EHLO client\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<x@example.org>\r\nQUIT\r\n").encode())
    check("a PROXY header from outside does not open the relay", not re.search("^250 2.1.5", said, re.M))
    client = imap()
    for starttls in (False, True):
        subject = f"from the world, TLS {starttls}"
        check("mail from the world is taken", send(smtp(starttls=starttls), "somebody@example.net", USER, subject) == 250)
        text = mail(client, subject)
        expect("postfix knows the sender's address", rf"^Received: from client\.example\.net \(unknown \[{STRANGER}\]\)", text)
        check("mail comes by TLS when the sender can", ("TLSv1.3" in text.replace("\r\n", "") or "ESMTPS" in text) == starttls)
    expect("postfix's log has the address", rf"client=unknown\[{STRANGER}\]", read("maillog.log"))
    check("postfix's log has no other", f"client=unknown[{SUBNET}" not in read("maillog.log"))
    client.logout()


def idle():
    client = imap()
    tag = client._new_tag().decode()  # imaplib has no IDLE before Python 3.14
    client.send(f"{tag} IDLE\r\n".encode())
    expect("IDLE is taken", r"^\+", client.readline().decode())
    send(smtp(), "somebody@example.net", USER, "while idle")
    client.sock.settimeout(PATIENCE)
    line = client.readline().decode()
    while "EXISTS" not in line:
        check("IDLE tells of new mail", line)
        line = client.readline().decode()
    client.send(b"DONE\r\n")
    client.shutdown()


def mail_clients():
    """Holes 2, 3 and ALPN."""
    for port in (465, 587):
        check("a user sends mail", send(smtp(port, USER), USER, "x@example.org", f"sent by {port}") == 250)
        until("it leaves", lambda: f"sent by {port}" in read("delivered"))
        expect("postfix knows client and user", rf"client=unknown\[{STRANGER}\], .*sasl_username={USER}", read("maillog.log"))
        headers = last("asked")["headers"]
        check("admin is told the client", headers["client-ip"] == [STRANGER] and headers["auth-port"] == [str(port)])
        check("but not in another's name", send(smtp(port, USER), "other@example.com", "x@example.org", "no") == 553)
        check("nor without a login", send(smtp(port), USER, "x@example.org", "no") >= 500)
        try:
            smtp(port).login(USER, "wrong")
            check("a wrong password is refused", False)
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPServerDisconnected):
            pass  # nginx hangs up
    check("users' own mail does not say where they are", STRANGER not in read("delivered") and "User-Agent" not in read("delivered"))
    with ThreadPoolExecutor() as at_once:
        said = list(at_once.map(lambda port: spoken(port, b"EHLO client\r\n"), (465, 587, 993, 995)))
    check(f"nothing is said in clear: {said}", not any(said))
    for port in (465, 587, 993, 995):
        said = s_client(port, "-alpn", MAIL[port])
        expect(f"{port} takes ALPN {MAIL[port]}", f"^ALPN protocol: {MAIL[port]}", said)
        expect(f"{port} has the certificate", "^Verify return code: 0", said)
        for protocols in ([], ["managesieve"]):
            check(f"{port} is TLS 1.3, with ALPN {protocols}", handshake(port, protocols, NAME) == "TLSv1.3")
        # Who does not say whom he wants to speak to gets a certificate of Traefik's.
        check(f"{port} wants no server's name", handshake(port, [], None) == "TLSv1.3")
    client = poplib.POP3_SSL(NAME, 995, timeout=PATIENCE, context=tls)
    client.user(USER)
    client.pass_(PASSWORD)
    check("a user has mail by POP3", client.stat()[0] > 0)
    check("admin is told the client", last("asked")["headers"]["client-ip"] == [STRANGER])
    client.quit()
    expect("nginx' log has the address", rf"client logged in, client: {STRANGER}", read("front.log"))
    check("nginx' log has no other", "client logged in, client: 10." not in read("front.log"))
    idle()


def sieve_connect(password, *options):
    """Runs a client for ManageSieve. Returns whether all went well, and what it said."""
    path = os.path.join(work, "password")
    with open(path, "w", encoding="utf-8") as f:
        f.write(password + "\n")
    with open(path, "rb") as f:
        done = subprocess.run(["sieve-connect", "--server", NAME, "--port", "4190", "--nosrv", "--user", USER, "--passwordfd", str(f.fileno()),
                               "--tlscafile", os.path.join(work, "crt"), *options], pass_fds=[f.fileno()], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode == 0, done.stdout.decode(errors="replace")


def sieve_clients():
    """Hole 4, as far as it is about 4190: front's dovecot has admin check the password, under TLS alone."""
    plain = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
    said = spoken(4190, f'AUTHENTICATE "PLAIN" "{plain}"\r\n'.encode())
    expect("STARTTLS is offered", '^"STARTTLS"', said)
    expect("no password is taken in clear", r"^NO \(ENCRYPT-NEEDED\)", said)
    script = os.path.join(work, "script")
    with open(script, "w", encoding="utf-8") as f:
        f.write("keep;\n")
    ok, said = sieve_connect(PASSWORD, "--upload", "--localsieve", script, "--remotesieve", "from-outside")
    check(f"filters are stored: {said}", ok)
    headers = last("asked")["headers"]
    check("admin is told the client", headers["client-ip"] == [STRANGER] and headers["auth-port"] == ["4190"])
    ok, said = sieve_connect(PASSWORD, "--list")
    check(f"and listed: {said}", ok and "from-outside" in said)
    check("a wrong password is refused", not sieve_connect("wrong", "--list")[0])
    expect("dovecot knows the client", f"managesieve-login: Info: Login: user=<{USER}>, method=PLAIN, rip={STRANGER},", read("dovecot.log"))


# ---- pages


def ask(url, *headers, source=STRANGER, more=()):
    """Asks by curl. Returns status, headers as one text, and the page; when that says what a stand-in was asked, as an object."""
    command = ["curl", "-sS", "-i", "--http1.1", "--path-as-is", "--max-time", str(PATIENCE), "--cacert", os.path.join(work, "trusted"),
               "--interface", source, *more]
    for header in headers:
        command += ["-H", header]
    if "://" not in url:
        url = "https://" + url
    done = subprocess.run([*command, url], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    head, _, page = done.stdout.decode().partition("\r\n\r\n")
    status = re.match(r"HTTP/\S+ (\d+)", head)
    try:
        page = json.loads(page)
    except ValueError:
        pass
    return int(status[1]) if status else 0, head, page


FORGED = ["X-Remote-User: victim@example.com", "X-Remote-User-Token: any", "X-User: victim@example.com", "X-User-Token: any",
          "X-Auth-Email: victim@example.com", "X-Forwarded-By: 10.42.0.1", "X-Forwarded-For: 10.42.0.1"]
# What Traefik is told to keep to itself, as if those headers were about the connection.
DROPPED = "Connection: close, X-User, X-User-Token, X-Forwarded-For, X-Forwarded-By"
SESSION = f"Cookie: session={USER}"


def forged_reach_nobody(host):
    """Hole 5."""
    status, _, page = ask(f"{host}/webmail/", *FORGED)
    check(f"{host}: a visitor without a session gets the login page, not {status} {page}",
          status == 403 and page["path"] == "/sso/login")
    # That page is the same for everybody: the X-User that comes with the request for it is not looked at.
    check(f"{host}: and is nobody", "x-remote-user" not in page["headers"] and "x-auth-email" not in page["headers"])
    for more in ([], [DROPPED]):
        status, _, page = ask(f"{host}/webmail/?_task=mail", *FORGED, *more, SESSION)
        check(f"{host}: a user gets to webmail, not {status} {page}", status == 200 and page["path"] == "/?_task=mail")
        check(f"{host}: and is not who the client says", "victim" not in json.dumps(page))
        headers = page["headers"]
        told = (headers.get("x-user"), headers.get("x-user-token"))
        check(f"{host}: webmail is told the user that admin knows, not {told}", more or told == ([USER], ["token-of-" + USER]))


def pages():
    status, head, _ = ask(f"http://{NAME}/webmail/")
    check(f"http leads to https, not {status}", status in (301, 308) and f"Location: https://{NAME}/webmail/\r" in head)
    for path in ("/", "/webmail"):
        status, head, _ = ask(NAME + path)
        check(f"{path} leads to webmail, not {status} {head}", status == 302 and f"Location: https://{NAME}/webmail/" in head)
    forged_reach_nobody(NAME)
    asked = json.loads([line for line in read("asked").splitlines() if "/internal/auth/user" in line][-1])
    check(f"admin is told where the visitor is: {asked}", asked["headers"]["x-forwarded-for"][-1].split(",")[-1].strip() == STRANGER)
    check("and that he came by https", asked["headers"]["x-forwarded-proto"] == ["https"])
    _, _, page = ask(f"{NAME}/webmail/", SESSION, "Expect:", more=("--data-binary", f"@{work}/large"))
    check("a large attachment goes through", page["length"] == 20 << 20)

    status, _, page = ask(f"{NAME}/admin/ui", *FORGED)
    check(f"admin is reached, not {status}", status == 200 and page["path"] == "/admin/ui")
    for name in ("x-remote-user", "x-auth-email", "x-forwarded-by"):
        check(f"admin gets no {name} from outside", name not in page["headers"])
    for path, kind in SET_UP:
        status, _, page = ask(NAME + path)
        check(f"{path} sets up clients, not {status} {page}", status == 200 and page["path"] == "/internal/autoconfig/" + kind)
    internal_is_nowhere(NAME)


SET_UP = [("/mail/config-v1.1.xml", "mozilla"), ("/.well-known/autoconfig/mail/config-v1.1.xml", "mozilla"),
          ("/mobileconfig", "apple"), ("/autodiscover/autodiscover.xml", "microsoft"), ("/AutoDiscover/autodiscover.XML", "microsoft"),
          ("/Autodiscover/Autodiscover.json", "microsoft.json"),
          ("/AUTODISCOVER/autodiscover.json?Protocol=x", "microsoft.json?Protocol=x")]


def internal_is_nowhere(host):
    for path in ("/internal/auth/user", "/internal/auth/email", "/internal/", "/webdav/", "/rspamd", "/ping",
                 "/admin/../internal/auth/user", "/sso/..%2finternal/auth/user", "/static/%2e%2e/internal/auth/user",
                 "/static/..;/internal/auth/user", "//internal/auth/user", "/sso//../../internal/auth/user", "/%69nternal/auth/user"):
        before = read("asked").count("\n")
        status, _, page = ask(host + path, SESSION)
        asked = [json.loads(line)["path"] for line in read("asked").splitlines()[before:]]
        # gunicorn decodes what is percent-encoded; to Flask ".." is a name like any other.
        inside = [p for p in asked if urllib.parse.unquote(p).lstrip("/").startswith("internal")]
        check(f"{host}{path} leads nowhere, not to {status} {page} {asked}", not inside and (status in (400, 404) or ".." in path))


def held():
    until("Traefik routes mail", lambda: spoken(25, wait=1).startswith("220"))  # who comes before the routes waits in vain
    until("Traefik routes pages", lambda: ask(f"{NAME}/webmail/")[0] == 403)
    from_the_world()
    mail_clients()
    sieve_clients()
    with open(os.path.join(work, "large"), "wb") as f:
        f.truncate(20 << 20)
    pages()


def routes_of_others():
    """Hole 10, and header sign-on."""
    forged_reach_nobody("routes.example.com")
    internal_is_nowhere("routes.example.com")
    for path in ("/webmail/", "/admin/", "/sso/login", "/AutoDiscover/autodiscover.XML"):
        status, _, page = ask("office.example.com" + path, SESSION)
        check(f"office.example.com{path} is not for strangers: {status} {page}", status == 403 and page == "Forbidden")
        status, _, page = ask("office.example.com" + path, SESSION, source=OFFICE)
        check(f"office.example.com{path} is for the office: {status} {page}", status == 200)
    signs_on_by_header()


def signs_on_by_header():
    status, _, page = ask("signon.example.com/sso/login", *FORGED)
    check(f"who has not logged in at the provider gets nowhere: {status} {page}", status == 401)
    status, head, page = ask("signon.example.com/sso/login", *FORGED, "Cookie: idp=" + USER)
    check(f"who has is signed on, and as nobody else: {status} {page}", status == 302 and f"Set-Cookie: session={USER}" in head)


# ---- webmail, which is inside


def in_webmail(text, port=10143, host="mailu-front"):
    """Whether IMAP lets the user in with this password."""
    client = imaplib.IMAP4(f"{host}.mailu.svc.cluster.local", port, PATIENCE)
    try:
        client.login(USER, text)
        return client.select()[0] == "OK"
    except imaplib.IMAP4.error:
        return False
    finally:
        client.shutdown()


def by_webmail(port, sender, subject):
    client = smtplib.SMTP("mailu-dovecot-submission.mailu.svc.cluster.local", port, "webmail", PATIENCE)
    client.login(USER, "token-of-" + USER)
    return send(client, sender, "x@example.org", subject)


def filters(script):
    """Puts a Sieve script where webmail does."""
    with socket.create_connection(("mailu-dovecot-sieve.mailu.svc.cluster.local", 4190), PATIENCE) as s, s.makefile("rwb") as lines:

        def say(text):
            if text:
                lines.write(text.encode() + b"\r\n")
                lines.flush()
            while not (line := lines.readline().decode()).startswith(("OK", "NO", "BYE")):
                check(f"an answer to {text}", line)
            check(f"{text} is taken, not {line}", line.startswith("OK"))

        plain = base64.b64encode(f"\0{USER}\0token".encode()).decode()
        for text in (None, f'AUTHENTICATE "PLAIN" "{plain}"', f'PUTSCRIPT "f" {{{len(script)}+}}\r\n{script}', 'SETACTIVE "f"', "LOGOUT"):
            say(text)


def webmail():
    """Holes 7 and 8, and what webmail changes for mail that comes."""
    check("10143 takes the token of a session", in_webmail("token-of-" + USER))
    headers = last("asked")["headers"]
    check("admin is told so", headers["auth-port"] == ["10143"] and headers["client-ip"][0].startswith(SUBNET))
    check("10143 takes no other password", not in_webmail("any"))
    check("without the fix, dovecot lets in whoever is inside, with any password", in_webmail("any", 143, "mailu-dovecot"))
    check("webmail's user sends", by_webmail(10025, USER, "sent by webmail") == 250)
    until("it leaves", lambda: "sent by webmail" in read("delivered"))
    check("but not in another's name", by_webmail(10025, "other@example.com", "no") == 553)
    check("without the fix, he sends in any name", by_webmail(10026, "ceo@bank.example", "unchecked") == 250)
    filters('require "copy";\r\nredirect :copy "friend@example.org";\r\n')


def redirected():
    """What the filter sends on leaves as a stranger's mail, with whence it came."""
    check("mail is taken", send(smtp(), "somebody@example.net", USER, "to be sent on") == 250)
    until("it is sent on", lambda: "RCPT TO:<friend@example.org>" in read("delivered") and "Subject: to be sent on" in read("delivered"))
    expect("with whence it came", rf"^Received: from client\.example\.net \(unknown \[{STRANGER}\]\)", read("delivered"))


# ---- without the fixes


def unmended():
    """Routes as they were found."""

    def claimed(header, url, *headers):
        page = ask(url, *headers)[2]
        return isinstance(page, dict) and page["headers"].get(header) == ["victim@example.com"]

    until("10: a plain route hands on who the client says he is", lambda: claimed("x-remote-user", "routes.example.com/webmail/", *FORGED))
    until("10: and shows what is internal", lambda: ask("routes.example.com/internal/auth/user", SESSION)[0] == 200)
    until("10: an added page without the restriction is for everybody", lambda: ask("office.example.com/sso/login")[0] == 200)
    until("5: by a plain route anybody signs on by a header", lambda: "session=victim" in ask(
        "signon.example.com/sso/login", "X-Auth-Email: victim@example.com", "X-Forwarded-By: 10.42.0.1")[1])
    until("5: without ForwardAuth webmail is told a user by anybody",
          lambda: claimed("x-user", f"{NAME}/webmail/", "X-User: victim@example.com"))


def unfixed():
    """Holes 1, 2, 3, 9 and ALPN."""
    until("1: mail is relayed for strangers", relays)
    until("3: 587 speaks in clear", lambda: spoken(587, wait=1).startswith("220"))
    with smtplib.SMTP(NAME, 587, "client", PATIENCE) as client:
        check("3: and takes a password", client.login(USER, PASSWORD)[0] == 235)
    check("2: admin takes everybody for Traefik", last("asked")["headers"]["client-ip"] == [TRAEFIK])
    expect("2: and so does nginx", rf"client logged in, client: {TRAEFIK}", read("unfixed.log"))
    check("2: by ManageSieve, too", sieve_connect(PASSWORD, "--list")[0] and last("asked")["headers"]["client-ip"] == [TRAEFIK])
    expect("2: and postfix", rf"client=unknown\[{TRAEFIK}\]", read("maillog.log"))
    with smtp() as client:
        check("9: there is no STARTTLS", not client.has_extn("starttls"))
    said = s_client(993, "-alpn", "imap")
    expect("ALPN: a client that offers imap is refused", "no application protocol", said)


# ---- a route of somebody else's


def foreign():
    until("the application is reached", lambda: ask("application.example.com/")[0] == 200)
    check("mail comes in beside it", spoken(25, wait=SILENCE).startswith("220"))
    check("and is read", imap().logout()[0] == "BYE")


def foreign_everywhere():
    until("the application is reached", lambda: ask("application.example.com/")[0] == 200)
    check("without asDefault nobody is greeted on 25 any more", spoken(25) == "")


def run(*functions):
    """Calls those that the command names."""
    known = {f.__name__: f for f in functions}
    for when in sys.argv[2:]:
        known[when]()


if __name__ == "__main__":
    run(held, routes_of_others, webmail, redirected, unmended, unfixed, foreign, foreign_everywhere)
