"""The clients of traefik-gateway.sh: `python3 traefik_gateway.py DIRECTORY WHEN...`, see the end."""
import os
import smtplib

from traefik_clients import (FORGED, PATIENCE, SESSION, STRANGER, ask, check, forged_reach_nobody, internal_is_nowhere, run, send, until,
                             work)

BY_FRONT, STRAIGHT = "gateway.example.com:9443", "straight.example.com:9443"


def pages_by_routes():
    """Holes 5 and 10, as with Ingresses."""
    for host in (BY_FRONT, STRAIGHT):
        until("Traefik routes webmail", lambda name=host: ask(f"{name}/webmail/")[0] == 403)
        until("and admin", lambda name=host: ask(f"{name}/sso/login")[0] == 200)
        forged_reach_nobody(host)
        internal_is_nowhere(host)
        status, _, page = ask(f"{host}/admin/ui", *FORGED)
        check(f"{host}: admin is reached, not {status}", status == 200 and page["path"] == "/admin/ui")
        for name in ("x-remote-user", "x-auth-email", "x-forwarded-by"):
            check(f"{host}: admin gets no {name} from outside", name not in page["headers"])
        status, _, _ = ask(f"{host}/elsewhere")
        check(f"{host}: nothing else is routed, not {status}", status == 404)
        plain = host.replace("9443", "9080")
        status, head, _ = ask(f"http://{plain}/webmail/", *FORGED)
        check(f"{plain}: http leads to https, not {status} {head}", status == 301 and f"Location: https://{host[:-5]}/webmail/\r" in head)
    for size, wanted in ((58, 200), (59, 413)):  # MESSAGE_SIZE_LIMIT and 8 MiB are 58 MiB
        with open(os.path.join(work, "sent"), "wb") as f:
            f.truncate(size << 20)
        status, _, _ = ask(f"{BY_FRONT}/api/v1/user", "Expect:", more=("--data-binary", f"@{work}/sent"))
        check(f"the API takes as much as by front: {wanted} for {size} MiB, not {status}", status == wanted)
    status, head, _ = ask(BY_FRONT + "/")
    check(f"/ leads to webmail, not {status} {head}", status == 302 and f"Location: https://{BY_FRONT}/webmail/" in head)


def relays():
    client = smtplib.SMTP("gateway.example.com", 9025, "client.example.net", PATIENCE, source_address=(STRANGER, 0))
    client.ehlo()
    return send(client, "somebody@example.net", "x@example.org", "relayed by a TCPRoute") == 250


def unmended_routes():
    until("10: a plain route shows what is internal", lambda: ask(f"{STRAIGHT}/internal/auth/user", SESSION)[0] == 200)

    def claimed():
        page = ask(f"{STRAIGHT}/webmail/", *FORGED)[2]
        return isinstance(page, dict) and page["headers"].get("x-remote-user") == ["victim@example.com"]

    until("5: and hands on who the client says he is", claimed)
    until("1: a TCPRoute to postfix relays for strangers", relays)


if __name__ == "__main__":
    run(pages_by_routes, unmended_routes)
