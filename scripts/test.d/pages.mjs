// node pages.mjs MODULES STREAM: a browser's requests, and a stranger's, through the routes of a rendered stream.
//
// No Traefik can be installed where the tests run, so its part is played here: the routers and the middlewares that the
// program uses, each written after the source of Traefik 3.7 that is named beside it. Admin and webmail are stand-ins that
// tell what they were asked; what webmail's own nginx does is tested with the real one by scripts/test.d/webmail.
//
// Each check is also made with the routes spoilt in a way it should notice, so it is known that it can fail.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, file] = process.argv.slice(2);
const YAML = createRequire(join(modules, "package.json"))("yaml");
const load = () => YAML.parseAllDocuments(readFileSync(file, "utf8"), { version: "1.1" }).map((d) => d.toJS());

// ---- Mailu's part: a request is {method, host, path, query, headers}, a response {status, headers, body} ----

function admin(request) {
    const { path, headers } = request;
    const user = headers.cookie === "session=alice" ? "alice@example.com" : "";
    if (path === "/internal/auth/user")
        return user ? { status: 200, headers: { "x-user": user, "x-user-token": "token-of-alice" } } : { status: 403 };
    if (path.startsWith("/internal/autoconfig/")) return { status: 200, body: `settings ${path}` };
    if (path.startsWith("/internal")) return { status: 200, body: "KEYS AND PASSWORDS" };
    const told = headers["x-auth-email"] ?? headers["x-forwarded-by"] ?? "nobody";
    return { status: 200, body: `admin ${path} told of ${told}` };
}

function webmail(request) {
    const { path, query, headers } = request;
    if (path === "/sso/login") return { status: 200, body: "please sign in" };
    return { status: 200, body: `mailbox of ${headers["x-user"]} at ${path}${query} with ${headers["x-user-token"]}` };
}

// ---- Traefik's part ----

// Go's regular expressions in JavaScript: (?i) and (?i:...), which are for all of it here, are written differently.
const regex = (text) => new RegExp(text.replace("(?i)", "").replace("(?i:", "(?:"), text.includes("(?i") ? "i" : "");

// pkg/server/server_entrypoint_tcp.go: unreserved characters are decoded, then ".", ".." and "//" are resolved
function sanitized(path) {
    const decoded = path.replace(/%([0-9a-f]{2})/gi, (code, hex) => {
        const character = String.fromCharCode(parseInt(hex, 16));
        return /[\w.~-]/.test(character) ? character : code;
    });
    const parts = [];
    for (const part of decoded.split("/")) {
        if (part === "..") parts.pop();
        else if (part !== "." && part !== "") parts.push(part);
    }
    return `/${parts.join("/")}${/\/\.{0,2}$/.test(decoded) && parts.length ? "/" : ""}`;
}

const middlewares = {
    // pkg/middlewares/headers/header.go, modifyCustomRequestHeaders: an empty value takes the header away
    headers: ({ customRequestHeaders }, next) => (request) => {
        for (const [name, value] of Object.entries(customRequestHeaders))
            if (value === "") delete request.headers[name.toLowerCase()];
            else request.headers[name.toLowerCase()] = value;
        return next(request);
    },
    // pkg/middlewares/redirect/redirect.go
    redirectRegex: (config, next) => (request) => {
        const url = `https://${request.host}${request.path}${request.query}`;
        const location = url.replace(regex(config.regex), config.replacement.replace(/\$\{(\d)\}/g, "$$$1"));
        return location === url ? next(request) : { status: 302, headers: { location } };
    },
    // pkg/middlewares/replacepathregex/replace_path_regex.go
    replacePathRegex: (config, next) => (request) =>
        next({ ...request, path: request.path.replace(regex(config.regex), config.replacement) }),
    // pkg/middlewares/stripprefix/strip_prefix.go
    stripPrefix: ({ prefixes }, next) => (request) => {
        const prefix = prefixes.find((p) => request.path.startsWith(p));
        const path = prefix ? request.path.slice(prefix.length).replace(/^(?!\/)/, "/") : request.path;
        return next({ ...request, path });
    },
    // pkg/middlewares/auth/forward.go: only 2xx goes on; listed headers are the answer's, or gone
    forwardAuth: ({ address, authResponseHeaders }, next, world) => (request) => {
        const url = new URL(address);
        const [service] = url.hostname.split(".");
        const answer = world.serve(service, +url.port, { ...request, path: url.pathname, query: "" });
        if (answer.status < 200 || answer.status >= 300) return answer;
        for (const name of authResponseHeaders.map((n) => n.toLowerCase())) {
            delete request.headers[name];
            if (answer.headers?.[name]) request.headers[name] = answer.headers[name];
        }
        return next(request);
    },
    // pkg/middlewares/customerrors/custom_errors.go: the page of another request, with the status of this one
    errors: ({ status, query, service }, next, world) => (request) => {
        const before = { ...request.headers };
        const answer = next(request);
        if (!status.some((code) => +code === answer.status)) return answer;
        const page = world.serve(service.name, service.port, { ...request, headers: before, path: query, query: "" });
        return { ...page, status: answer.status };
    },
};

class World {
    constructor(documents) {
        this.documents = documents.filter((d) => d);
        this.routers = this.all("Ingress").flatMap((ingress) => this.routersOf(ingress));
        this.routers.push(...this.all("IngressRoute").flatMap((route) => this.routersOfRoute(route)));
    }

    all(kind) {
        return this.documents.filter((d) => d.kind === kind);
    }

    // pkg/provider/kubernetes/ingress/kubernetes.go, loadRouter; the longest rule has the highest priority
    routersOf(ingress) {
        const annotations = ingress.metadata.annotations;
        const names = annotations["traefik.ingress.kubernetes.io/router.middlewares"].split(",");
        return ingress.spec.rules.flatMap(({ host, http }) => http.paths.map(({ path, pathType, backend }) => {
            const serve = (request) => this.serve(backend.service.name, backend.service.port.number, request);
            const exact = pathType === "Exact";
            return {
                rule: `Host("${host}") && ${exact ? "Path" : "PathPrefix"}("${path}")`,
                matches: (request) =>
                    request.host === host && (exact ? request.path === path : request.path.startsWith(path)),
                handle: names.reduceRight((next, name) => this.wrap(name, next), serve),
            };
        }));
    }

    // pkg/provider/kubernetes/crd/kubernetes_http.go, of rules of the one form that there is
    routersOfRoute({ metadata, spec }) {
        return spec.routes.map(({ match, middlewares: names, services: [{ name, port }] }) => {
            const [, hosts, paths] = match.match(/^\((.*)\) && PathRegexp\(`(.*)`\)$/);
            const references = names.map((m) => `${metadata.namespace}-${m.name}@kubernetescrd`);
            const serve = (request) => this.serve(name, port, request);
            return {
                rule: match,
                matches: (request) => hosts.split(" || ").includes(`Host(\`${request.host}\`)`) && regex(paths).test(request.path),
                handle: references.reduceRight((next, reference) => this.wrap(reference, next), serve),
            };
        });
    }

    wrap(reference, next) {
        const found = this.all("Middleware").find((m) => `${m.metadata.namespace}-${m.metadata.name}@kubernetescrd` === reference);
        if (!found) throw new Error(`no middleware ${reference}`);
        const [[type, config]] = Object.entries(found.spec);
        return middlewares[type](config, next, this);
    }

    // A Service, to the stand-in for the component that it selects
    serve(name, port, request) {
        const service = this.all("Service").find((s) => s.metadata.name === name);
        if (!service?.spec.ports.some((p) => p.port === port)) return { status: 502 };
        const component = service.spec.selector["app.kubernetes.io/component"];
        return { admin, webmail }[component]({ ...request, headers: { ...request.headers } });
    }

    get(url, headers = {}) {
        const [, host, path, query] = url.match(/^https:\/\/([^/]+)([^?]*)(.*)$/);
        const request = { host, path: sanitized(path), query, headers: { ...headers } };
        const [router] = this.routers.filter((r) => r.matches(request)).sort((a, b) => b.rule.length - a.rule.length);
        const { status, headers: answer = {}, body = "" } = router ? router.handle(request) : { status: 404 };
        return `${status} ${answer.location ?? body}`.trim();
    }
}

// ---- the checks ----

const host = "https://mail.example.com";
const alice = { cookie: "session=alice" };
const forged = { "x-user": "mallory", "x-user-token": "t", "x-remote-user": "mallory", "x-auth-email": "mallory", "x-forwarded-by": "10.42.0.1" };
const checks = [
    // the way in
    ["/", {}, `302 ${host}/webmail/`],
    ["", {}, `302 ${host}/webmail/`],
    ["/webmail", {}, `302 ${host}/webmail/`],
    ["/webmail/", {}, "403 please sign in"],
    ["/sso/login?url=/webmail/", {}, "200 admin /sso/login told of nobody"],
    ["/static/app.js", {}, "200 admin /static/app.js told of nobody"],
    ["/webmail/", alice, "200 mailbox of alice@example.com at / with token-of-alice"],
    ["/webmail/skins/a.css?x=1", alice, "200 mailbox of alice@example.com at /skins/a.css?x=1 with token-of-alice"],
    ["/admin/user", alice, "200 admin /admin/user told of nobody"],
    // who says to be somebody
    ["/webmail/", forged, "403 please sign in"],
    ["/webmail/sso.php", forged, "403 please sign in"],
    ["/webmail/", { ...forged, ...alice }, "200 mailbox of alice@example.com at / with token-of-alice"],
    ["/sso/login", forged, "200 admin /sso/login told of nobody"],
    ["/admin", forged, "200 admin /admin told of nobody"],
    // what is for the inside
    ["/internal/fetch", {}, "404"],
    ["/internal/auth/user", alice, "404"],
    ["//internal/fetch", {}, "404"],
    ["/%69nternal/fetch", {}, "404"],
    ["/admin/../internal/fetch", {}, "404"],
    ["/sso/%2e%2e/internal/fetch", {}, "404"],
    ["/mail/config-v1.1.xml/../../internal/fetch", {}, "404"],
    // mail clients that ask for their settings
    ["/.well-known/autoconfig/mail/config-v1.1.xml", {}, "200 settings /internal/autoconfig/mozilla"],
    ["/mail/config-v1.1.xml?emailaddress=a@b", {}, "200 settings /internal/autoconfig/mozilla"],
    ["/autodiscover/autodiscover.xml", {}, "200 settings /internal/autoconfig/microsoft"],
    ["/Autodiscover/Autodiscover.xml", {}, "200 settings /internal/autoconfig/microsoft"],
    ["/mobileconfig", {}, "200 settings /internal/autoconfig/apple"],
    ["/apple.mobileconfig", {}, "200 settings /internal/autoconfig/apple"],
    ["/mobileconfig/../internal/fetch", {}, "404"],
    ["/autodiscover/autodiscover.json?Protocol=Autodiscoverv1", {}, "200 settings /internal/autoconfig/microsoft.json"],
    ["/AutoDiscover/AutoDiscover.XML", {}, "200 settings /internal/autoconfig/microsoft"],
    ["/AUTODISCOVER/autodiscover.JSON", {}, "200 settings /internal/autoconfig/microsoft.json"],
    ["/Mail/Config-v1.1.xml", {}, "200 settings /internal/autoconfig/mozilla"],
    ["/.well-known/AutoConfig/mail/config-v1.1.xml", {}, "200 settings /internal/autoconfig/mozilla"],
    ["/MobileConfig", forged, "200 settings /internal/autoconfig/apple"],
    ["/internal/fetch/mobileconfig", {}, "404"],
    ["/INTERNAL/postfix/alias/mail/config-v1.1.xml", {}, "404"],
    ["/mobileconfig/", {}, "404"],
];

function failures(documents) {
    const world = new World(documents);
    return checks.filter(([path, headers, expected]) => world.get(host + path, headers) !== expected)
        .map(([path, headers, expected]) => `${path}: found ${world.get(host + path, headers)}, expected ${expected}`);
}

const annotation = "traefik.ingress.kubernetes.io/router.middlewares";
const ingressOf = (documents, name) => documents.find((d) => d?.kind === "Ingress" && d.metadata.name === name);
const edit = (name, change) => (documents) => {
    const { annotations } = ingressOf(documents, name).metadata;
    annotations[annotation] = change(annotations[annotation].split(",")).join(",");
};
const without = (ending) => (names) => names.filter((n) => !n.includes(ending));
const spoils = {
    "webmail without ForwardAuth": edit("mailu-webmail", without("-webmail-auth@")),
    "the login page behind ForwardAuth": edit("mailu-webmail", (n) => [...n.slice(0, 2), n[3], n[2], n[4]]),
    "the prefix taken off first": edit("mailu-webmail", (n) => [n[4], ...n.slice(0, 4)]),
    "webmail without its root": edit("mailu-webmail", without("-webmail-root@")),
    "admin believing headers": edit("mailu-admin", without("-headers@")),
    "admin without autoconfig": (documents) => {
        edit("mailu-admin", without("-autoconfig-apple@"))(documents);
        documents.find((d) => d?.kind === "IngressRoute").spec.routes = [];
    },
    "client set-up without its rewriting": (documents) => {
        documents.find((d) => d?.kind === "IngressRoute").spec.routes[0].middlewares.pop();
    },
    "client set-up that takes in what only ends so": (documents) => {
        const [route] = documents.find((d) => d?.kind === "IngressRoute").spec.routes;
        route.match = route.match.replace("^", "");
    },
    "admin as a whole": (documents) => {
        ingressOf(documents, "mailu-admin").spec.rules[0].http.paths[0].path = "/";
    },
    "one Ingress for both": (documents) => {
        const [one, other] = ["mailu-admin", "mailu-webmail"].map((name) => ingressOf(documents, name));
        one.metadata.annotations[annotation] += `,${other.metadata.annotations[annotation]}`;
    },
};

let bad = 0;
for (const failure of failures(load())) {
    bad++;
    console.log(failure);
}
for (const [name, spoil] of Object.entries(spoils)) {
    const documents = load();
    spoil(documents);
    if (failures(documents).length) continue;
    bad++;
    console.log(`not noticed: ${name}`);
}
console.log(`${checks.length} requests, ${Object.keys(spoils).length} spoilt routes, ${bad} failures`);
process.exit(bad ? 1 : 0);
