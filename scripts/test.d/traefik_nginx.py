"""The clients of traefik-nginx.sh: `python3 traefik_nginx.py DIRECTORY WHEN...`, see the end."""
import os

from traefik_clients import OFFICE, SESSION, STRANGER, ask, check, run, until, work

HOSTS = ("mail.nginx.example", "mail.nginx-chart.example")
LOGGED_IN = SESSION + "; idp=user@example.com"
PATHS = ("/admin/ui", "/webmail/?_task=mail", "/sso/login", "/AutoDiscover/autodiscover.XML", "/static/x")


def upload(host, path, size):
    """The status for a body of that size."""
    name = os.path.join(work, "body")
    with open(name, "wb") as f:
        f.truncate(size)
    return ask(host + path, LOGGED_IN, "Expect:", source=OFFICE, more=("--data-binary", f"@{name}"))[0]


def converted():
    for host in HOSTS:
        until("Traefik has the route", lambda host=host: ask(host + "/admin/ui", LOGGED_IN, source=OFFICE)[0] == 200)
        for path in PATHS:
            for headers in ([LOGGED_IN], [LOGGED_IN, f"X-Forwarded-For: {OFFICE}", f"X-Real-IP: {OFFICE}"]):
                status, _, page = ask(host + path, *headers, source=STRANGER)
                check(f"{host}{path}: an address that is not allowed is refused, not {status} {page}", status == 403 and page == "Forbidden")
            status, _, page = ask(host + path, SESSION, "X-Groups: administrators", source=OFFICE)
            check(f"{host}{path}: who is not logged in at the provider is refused, not {status} {page}", status == 401)
            status, _, page = ask(host + path, LOGGED_IN, "X-Groups: administrators", source=OFFICE)
            check(f"{host}{path}: who is gets in, not {status} {page}", status == 200)
            told = page["headers"].get("x-groups") if isinstance(page, dict) else ["staff"]
            check(f"{host}{path}: and what is behind it is told what the provider says, not {told}", told == ["staff"])
        for path in PATHS[:2]:
            for size, expected in ((1 << 20, 200), ((1 << 20) + 1, 413)):
                status = upload(host, path, size)
                check(f"{host}{path}: {size} bytes: {expected}, not {status}", status == expected)
        status, head, _ = until("the second Traefik has the route", lambda host=host: redirected(host))
        check(f"{host}: http leads to https, not {status} {head}", status == 301 and f"Location: https://{host}/webmail/?a=b\r" in head)


def redirected(host):
    answer = ask(f"http://{host}:180/webmail/?a=b")
    return answer[0] not in (0, 404) and answer


def open_to_all():
    until("without the conversion strangers get in", lambda: ask(HOSTS[0] + "/admin/ui", source=STRANGER)[0] == 200)
    check("with whatever body", upload(HOSTS[0], "/admin/ui", 2 << 20) == 200)
    until("and plain HTTP leads nowhere", lambda: ask(f"http://{HOSTS[0]}:180/webmail/")[0] == 404)


if __name__ == "__main__":
    run(converted, open_to_all)
