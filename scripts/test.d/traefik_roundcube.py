"""The clients of traefik-roundcube.sh: `python3 traefik_roundcube.py DIRECTORY WHEN...`, see the end."""
import re

from traefik_clients import DROPPED, FORGED, SESSION, USER, ask, check, expect, imap, mail, run, send, smtp, until

HOST = "mail.roundcube.example"
VICTIM = "ascii@example.com"  # whose token would let in
AS_VICTIM = [f"X-User: {VICTIM}", f"X-User-Token: token-of-{VICTIM}", f"X-Remote-User: {VICTIM}", f"X-Remote-User-Token: token-of-{VICTIM}",
             f"X_Remote_User: {VICTIM}", f"X_Remote_User_Token: token-of-{VICTIM}"]


def signed_on(page, *headers, cookie=""):
    """Who Roundcube says the visitor is after its login page, and the cookie of his session there."""
    status, head, said = ask(HOST + page, *headers, *([f"Cookie: {cookie}"] if cookie else []))
    if status != 302 or not re.search(r"^Location: (.*/)?index\.php\r$", head, re.M):
        return None, (status, head, said)
    found = dict(re.findall(r"^Set-Cookie: (roundcube_\w+)=([^;\r]+)", head, re.M))
    own = "; ".join([cookie, *(f"{name}={value}" for name, value in found.items())]).lstrip("; ")
    _, _, said = ask(HOST + "/webmail/?_task=mail", *headers, f"Cookie: {own}")
    name = re.search(r'class="[^"]*username[^"]*">([^<]*)<', str(said))
    return name and name[1], own


def signs_on():
    cookie = SESSION.removeprefix("Cookie: ")
    until("Traefik has the route", lambda: ask(HOST + "/webmail/")[0] == 403)
    name, own = signed_on("/webmail/", cookie=cookie)
    check(f"Roundcube knows who logged in to Mailu, not {name} {own}", name == USER)
    check("mail comes in", send(smtp(), "somebody@example.net", USER, "read in Roundcube") == 250)
    client = imap()
    mail(client, "read in Roundcube")
    uid = client.uid("SEARCH", None, "SUBJECT", '"read in Roundcube"')[1][0].split()[-1].decode()
    client.logout()
    _, _, page = ask(f"{HOST}/webmail/?_task=mail&_mbox=INBOX&_action=show&_uid={uid}", f"Cookie: {own}")
    expect("and is read there, through front", "read in Roundcube", page)

    for page in ("/webmail/", "/webmail/sso.php", "/webmail/index.php", "/webmail/index.php/sso.php", "/webmail/?_task=login"):
        for headers in (AS_VICTIM, [*AS_VICTIM, *FORGED], [*AS_VICTIM, DROPPED + ", X-Remote-User, X-Remote-User-Token"]):
            status, _, said = ask(HOST + page, *headers)
            check(f"{page}: a stranger is sent to the login, whoever he says he is, not {status} {said}",
                  status == 403 and "url=/sso/login" in said and "@example.com" not in said)
            name, own = signed_on(page, *headers, cookie=cookie)
            check(f"{page} {headers}: a user stays who he is, and is not {name} {own}", name in (USER, None) and VICTIM not in str(own))
            check(f"{page}: and gets in: {own}", DROPPED in headers[-1] or name == USER)


def is_anybody():
    until("5: without ForwardAuth anybody reads anybody's mail", lambda: signed_on("/webmail/", *AS_VICTIM)[0] == VICTIM)


if __name__ == "__main__":
    run(signs_on, is_anybody)
