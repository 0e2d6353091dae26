// node schemas.mjs MODULES FILE...: validates every document of the files against the published schema of its kind, and
// refuses fields that the schema does not know. Prints one line for each error; exits with 1 when there is one.
//
// The schemas come compiled, without "no other fields". What a field is validated by has to read it, though: so each document
// is handed over in a Proxy that notes what is read, and a field that nobody looked at is unknown.
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, ...files] = process.argv.slice(2);
const packages = join(modules, "node_modules");
const YAML = createRequire(join(modules, "package.json"))("yaml");
// Whose schemas are here. What others define passes through the program unseen.
const ours = /^(v1|(\w+|[\w.]+\.k8s\.io|traefik\.io)\/\w+)$/;
// Where the schemas of an API group are; else in kubernetes-models.
const homes = [
    [/^traefik\.io\//, "@kubernetes-models/traefik"],
    [/^gateway\.networking\.k8s\.io\//, "@kubernetes-models/gateway-api"],
    [/^cert-manager\.io\//, "@kubernetes-models/cert-manager"],
    [/^argoproj\.io\//, "@kubernetes-models/argo-cd"],
    [/\.toolkit\.fluxcd\.io\//, "@kubernetes-models/flux-cd"],
];

const validators = new Map();
async function validator(apiVersion, kind) {
    const key = `${apiVersion} ${kind}`;
    if (!validators.has(key)) {
        const [, name] = homes.find(([group]) => group.test(apiVersion)) ?? [null, "kubernetes-models"];
        const home = join(packages, name);
        const model = join(home, apiVersion, `${kind}.js`);
        const schema = existsSync(model) && readFileSync(model, "utf8").match(/_schemas\/\w+\.js/);
        validators.set(key, schema ? (await import(pathToFileURL(join(home, schema[0])))).validate : null);
    }
    return validators.get(key);
}

// The value, and a list that grows by the path of each field that is read.
function watched(value, read, path = "") {
    if (value === null || typeof value !== "object") return value;
    return new Proxy(value, {
        get(target, key) {
            if (typeof key !== "string") return target[key];
            const place = `${path}/${key}`;
            read.add(place);
            return watched(target[key], read, place);
        },
    });
}

function* unread(value, read, path = "") {
    if (value === null || typeof value !== "object") return;
    for (const [key, child] of Object.entries(value)) {
        const place = `${path}/${key}`;
        if (key === "fieldsV1") continue; // may hold any key
        if (read.has(place)) yield* unread(child, read, place);
        else yield place;
    }
}

function sentence(error) {
    return `${error.instancePath}: not of the schema: ${error.keyword} ${JSON.stringify(error.params)}`;
}

async function errors(document) {
    const { apiVersion, kind } = document ?? {};
    if (typeof apiVersion !== "string" || typeof kind !== "string") return ["neither apiVersion nor kind"];
    const validate = await validator(apiVersion, kind);
    if (!validate) return ours.test(apiVersion) ? [`no ${kind} in ${apiVersion}`] : [];
    const read = new Set();
    const found = validate(watched(document, read)) ? [] : validate.errors.map(sentence);
    for (const place of unread(document, read)) found.push(`${place}: unknown field`);
    return found;
}

let count = 0;
let bad = 0;
for (const file of files) {
    // JSON documents may follow each other without a marker; a key that is twice in others' documents is not ours to mend
    const text = readFileSync(file, "utf8").replace(/^\}\n\{$/gm, "}\n---\n{");
    for (const parsed of YAML.parseAllDocuments(text, { version: "1.1", merge: true, uniqueKeys: false })) {
        const problems = parsed.errors.map((e) => e.message);
        const document = problems.length ? null : parsed.toJS();
        if (document === null && !problems.length) continue;
        const items = /List$/.test(document?.kind ?? "") ? document.items : [document];
        for (const item of items) {
            count++;
            for (const problem of problems.length ? problems : await errors(item)) {
                bad++;
                console.log(`${file}: ${item?.kind}/${item?.metadata?.name}: ${problem}`);
            }
        }
    }
}
console.log(`${count} documents, ${bad} errors`);
process.exit(bad ? 1 : 0);
