"""The clients of traefik-front.sh: `python3 traefik_front.py DIRECTORY WHEN...`, see the end."""
import json

from traefik_clients import DROPPED, FORGED, STRANGER, ask, check, expect, read, run, until

DOMAINS = ("added.example", "chart.example")
HOST = "mail."  # of each domain
ALICE, EVE = ("-u", "alice@example.com:right"), ("-u", "eve@example.com:right")
EVENT = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:test
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART:20260101T100000Z
SUMMARY:only for alice
END:VEVENT
END:VCALENDAR
""".replace("\n", "\r\n")
# As nginx, WSGI and radicale might read them.
NAMES = ("X-Remote-User", "x-remote-user", "X_Remote_User", "X-REMOTE_USER", "Remote-User", "X-User", "X-Auth-Email", "X-Script-Name")


def answers(what, status, url, *headers, more=()):
    """Asks, and fails unless the answer has that status. Returns headers and page."""
    found, head, page = ask(url, *headers, more=more)
    check(f"{url}: {what}: {status}, not {found} {head}\n{page}", found == status)
    return head, page


def asked_last(path):
    """What admin was asked last under that path."""
    return [json.loads(line) for line in read("asked").splitlines() if json.loads(line)["path"] == path][-1]


def of_alice(host):
    """A calendar of hers for each of the two Mailus: they share one radicale."""
    return f"/alice@example.com/{host}/"


def has_own_calendar(host):
    url = host + "/webdav" + of_alice(host)
    head, _ = answers("nobody comes in without a password", 401, host + "/webdav/")
    expect("and the client is told to ask for one", "(?i)^WWW-Authenticate: Basic ", head)
    answers("a wrong password is refused", 401, url, more=("-u", "alice@example.com:wrong", "-X", "PROPFIND"))
    answers("a calendar is made", 201, url, more=(*ALICE, "-X", "MKCALENDAR"))
    answers("an event is stored", 201, url + "1.ics", "Content-Type: text/calendar", more=(*ALICE, "-X", "PUT", "--data-binary", EVENT))
    expect("and read", "^SUMMARY:only for alice", answers("it is there", 200, url + "1.ics", more=ALICE)[1])
    _, page = answers("the calendars are listed", 207, host + "/webdav/alice@example.com/", "Depth: 1", more=(*ALICE, "-X", "PROPFIND"))
    expect("their links lead back to /webdav", f"<href>/webdav/alice(@|%40)example.com/{host}/</href>", page)
    for service in ("caldav", "carddav"):
        head, _ = answers("a client is led on", 301, f"{host}/.well-known/{service}")
        expect("to /webdav", rf"^Location: (https://{host})?/webdav/\r$", head)
        more = ("--location-trusted", *ALICE, "-X", "PROPFIND", "-o", "/dev/null", "-D", "-")
        expect("and finds its own there", "^HTTP/1.1 207 ", ask(f"{host}/.well-known/{service}", "Depth: 0", more=more)[2] or "")


def is_nobody_else(host):
    """Hole 6."""
    url = host + "/webdav" + of_alice(host) + "1.ics"
    for name in NAMES:
        for more in ([], [f"Connection: close, {name}, Authorization"], [f"{name}: alice@example.com"]):
            headers = [f"{name}: alice@example.com", *more]
            status, _, page = ask(url, *headers, more=EVE)
            check(f"{headers}: another user is refused, not {status} {page}", status in (401, 403, 404) and "only for" not in str(page))
            status, _, page = ask(url, *headers)
            check(f"{headers}: a stranger is refused, not {status} {page}", status == 401 and "only for" not in str(page))


def is_known_by_address(host):
    """Hole 2: whose failures admin counts."""
    for headers in ([], FORGED, [DROPPED], ["X-Real-IP: 198.51.100.7", "Forwarded: for=198.51.100.7", "X-Forwarded-For: 10.42.0.1, 10.42.0.9"]):
        answers("a wrong password is refused", 401, host + "/webdav/", *headers, more=("-u", "alice@example.com:wrong"))
        told = asked_last("/internal/auth/basic")["headers"].get("x-real-ip")
        check(f"{headers}: admin is told the client, not {told}", told == [STRANGER])


# To front's other locations by way of this one, with the slash that nginx decodes.
ASTRAY = ("/webdav/..%2f", "/webdav/%2e%2e%2f", "/webdav/..%2F..%2f", "/webdav/x/..%2f..%2f", "/.well-known/caldav/..%2f..%2f", "/webdav/..;/",
          "/webdav/../", "/webdav//..%2f")


def leads_nowhere_else(host):
    for way in ASTRAY:
        for path in ("webmail/?astray", "admin/astray", "internal/auth/user", "internal/auth/basic"):
            before = (read("asked") + read("webmail")).count("\n")
            status, _, page = ask(f"{host}{way}{path}", "Cookie: session=user@example.com", "X-User: victim@example.com")
            asked = [json.loads(line) for line in (read("asked") + read("webmail")).splitlines()[before:]]
            straight = way == "/webdav/../"  # Traefik makes the path plain before it looks for a route
            check(f"{host}{way}{path} leads nowhere, not to {status} {page} {asked}", straight or status in (400, 401, 404))


def calendars():
    for domain in DOMAINS:
        host = HOST + domain
        until("Traefik has the route", lambda host=host: ask(host + "/webdav/")[0] == 401)
        has_own_calendar(host)
        is_nobody_else(host)
        is_known_by_address(host)
        leads_nowhere_else(host)


ADMINISTRATOR, USER = "Cookie: session=admin@example.com", "Cookie: session=user@example.com"


def antispam():
    for domain in DOMAINS:
        host = HOST + domain
        for headers in ([], [USER], [USER, *FORGED], FORGED, ["Password: mailu"], [USER, "Password: mailu", "X-Real-IP: 127.0.0.1"]):
            head, page = answers("who is no administrator is sent to the login", 302, host + "/admin/antispam/stat", *headers)
            expect("of admin", r"^Location: /sso/login\?url=/admin/antispam/stat\r$", head)
            check("and learns nothing", "scanned" not in str(page))
        _, page = answers("an administrator sees rspamd's page", 200, host + "/admin/antispam/", ADMINISTRATOR)
        expect("which is rspamd's", "<title>Rspamd Web Interface", page)
        # Of a client whose address it is told and which is not in the pod network rspamd asks a password.
        for headers in ([], FORGED, ["X-Real-IP: 203.0.113.77", "X-Forwarded-For: 203.0.113.78"]):
            _, page = answers("and what it has counted, without a password", 200, host + "/admin/antispam/stat", ADMINISTRATOR, *headers)
            check(f"in numbers, not {page}", "scanned" in page)


def policies():
    for domain, hosts, names in (("added.example", ("added.example", "second.example"), ("mail.added.example", "mx2.added.example")),
                                 ("chart.example", ("chart.example",), ("mail.chart.example",))):
        policy = "".join(f"{line}\r\n" for line in ("version: STSv1", "mode: enforce", *(f"mx: {n}" for n in names), "max_age: 86400"))
        for host in ("mta-sts." + d for d in hosts):
            # curl has checked the certificate's name.
            head, page = answers("the policy is there", 200, host + "/.well-known/mta-sts.txt")
            expect("as text", "^Content-Type: text/plain(;.*)?\r$", head)
            check(f"as RFC 8461 writes it, not {page!r}", page == policy)
            for path in ("/", "/webdav/", "/webmail/", "/admin/", "/admin/antispam/stat", "/sso/login", "/.well-known/caldav", "/internal/auth/user",
                         "/.well-known/", "/.well-known/mta-sts.txt/", "/.well-known/mta-sts.txt/..%2f..%2fadmin/"):
                answers("nothing else is there", 404, host + path, ADMINISTRATOR, more=ALICE)
        answers("the policy is on its host alone", 404, HOST + domain + "/.well-known/mta-sts.txt")


def straight():
    host = HOST + DOMAINS[0]
    until("6: radicale itself believes the header", lambda: "only for alice" in str(
        ask(host + of_alice(host) + "1.ics", "X-Remote-User: alice@example.com")[2]))
    until("rspamd itself lets in whoever knows what everybody knows", lambda: "scanned" in ask(host + "/stat", "Password: mailu")[2])
    check("rspamd itself asks a password of whoever Traefik says is a stranger", ask(host + "/stat")[0] in (401, 403))


if __name__ == "__main__":
    run(calendars, antispam, policies, straight)
