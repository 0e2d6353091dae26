"""The clients of traefik-replicas.sh: `python3 traefik_replicas.py DIRECTORY WHEN...`, see the end."""
import json
import re

from traefik_clients import SESSION, ask, check, read, run, until

HOSTS = ("mail.several.example", "mail.several-routes.example", "mail.several-chart.example")
PODS = {"10.42.0.15", "10.42.0.25"}


def visits(host, *cookies, times=8):
    """The pods that answer. The visitor has a session, and the cookies."""
    pods = []
    for _ in range(times):
        status, _, page = ask(host + "/webmail/?_task=mail", "; ".join((SESSION, *cookies)))
        check(f"{host}: webmail answers, not {status} {page}", status == 200)
        pods.append(page["at"])
    return pods


def cookies_of_pods(host):
    """By pod, the cookie that a visitor without one is given there."""
    cookies = {}
    for _ in range(8):
        _, head, page = ask(host + "/webmail/?_task=mail", SESSION)
        given = re.findall(r"^Set-Cookie: ([^;\r]+)(.*)\r$", head, re.M)
        check(f"{host}: the visitor is given one cookie: {head}", len(given) == 1)
        cookie, rest = given[0]
        check(f"{host}: which no script reads and which goes by https alone: {rest}", "HttpOnly" in rest and "Secure" in rest)
        cookies[page["at"]] = cookie
    return cookies


def stays():
    for host in HOSTS:
        until("Traefik has the route", lambda host=host: ask(host + "/webmail/", SESSION)[0] == 200)
        cookies = cookies_of_pods(host)
        check(f"{host}: visitors are spread over both pods: {cookies}", set(cookies) == PODS)
        for pod, cookie in cookies.items():
            found = visits(host, cookie)
            check(f"{host}: a session stays at {pod}: {found}", set(found) == {pod})


def taken():
    """As the API server has them."""
    for host in HOSTS:
        items = json.loads(read(host.split(".")[1] + ".applied"))["items"]
        budgets = [i["spec"] for i in items if i["kind"] == "PodDisruptionBudget"]
        for name in ("front", "webmail"):
            (spec,) = (i["spec"] for i in items if i["kind"] == "Deployment" and i["metadata"]["name"] == "mailu-" + name)
            rolling = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
            check(f"{host}: two of {name}, one more before one goes: {spec['strategy']}", spec["replicas"] == 2 and spec["strategy"] == rolling)
            pod = spec["template"]
            labels = pod["metadata"]["labels"].items()
            found = [b for b in budgets if b["selector"]["matchLabels"].items() <= labels]
            # Kubernetes evicts no pod that two select.
            check(f"{host}: one budget for {name}: {found}", len(found) == 1 and found[0].get("maxUnavailable", found[0].get("minAvailable")) == 1)
            (spread,) = pod["spec"]["topologySpreadConstraints"]
            check(f"{host}: {name} is spread over hosts: {spread}", spread["labelSelector"]["matchLabels"].items() <= labels)
            seconds = sum(map(int, re.findall(r"sleep (\d+)", pod["spec"]["containers"][0]["lifecycle"]["preStop"]["exec"]["command"][-1])))
            check(f"{host}: {name} may finish", seconds < pod["spec"]["terminationGracePeriodSeconds"])


def strays():
    (_, cookie), *_ = cookies_of_pods(HOSTS[1]).items()  # as a browser would have it
    until("without the fix a session goes from pod to pod", lambda: set(visits(HOSTS[0], cookie)) == PODS)


if __name__ == "__main__":
    run(stays, taken, strays)
