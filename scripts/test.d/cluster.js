// A stand-in for a cluster's API server, as far as Helm asks: it knows the kinds, keeps what it is given, and writes a
// line for each change of anything but Helm's own Secrets to stderr. `node cluster.js PORTFILE`
'use strict';
const http = require('http');
const fs = require('fs');

const groups = {
  'v1': ['Namespace', 'Pod', 'Service', 'ServiceAccount', 'ConfigMap', 'Secret', 'PersistentVolumeClaim'],
  'apps/v1': ['Deployment', 'StatefulSet'],
  'batch/v1': ['Job', 'CronJob'],
  'networking.k8s.io/v1': ['NetworkPolicy', 'Ingress'],
  'policy/v1': ['PodDisruptionBudget'],
  'rbac.authorization.k8s.io/v1': ['Role', 'RoleBinding'],
  'traefik.io/v1alpha1': ['IngressRoute', 'IngressRouteTCP', 'Middleware', 'MiddlewareTCP', 'TLSOption', 'TLSStore'],
  'helm.cattle.io/v1': ['HelmChartConfig'],
  'cert-manager.io/v1': ['ClusterIssuer'],
  'argoproj.io/v1alpha1': ['Application'],
  'source.toolkit.fluxcd.io/v1': ['OCIRepository'],
  'kustomize.toolkit.fluxcd.io/v1': ['Kustomization'],
};
const plural = kind => kind.toLowerCase().replace(/y$/, 'ie').replace(/ss$/, 'sse') + 's';
const verbs = ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'];

const discovery = {'/version': {major: '1', minor: '35', gitVersion: 'v1.35.0'},
  '/api': {kind: 'APIVersions', versions: ['v1']},
  '/apis': {kind: 'APIGroupList', apiVersion: 'v1', groups: []}};
for (const [version, kinds] of Object.entries(groups)) {
  const resources = kinds.map(kind => ({name: plural(kind), singularName: kind.toLowerCase(), kind,
    namespaced: !['Namespace', 'ClusterIssuer'].includes(kind), verbs}));
  discovery[(version === 'v1' ? '/api/' : '/apis/') + version] =
    {kind: 'APIResourceList', apiVersion: 'v1', groupVersion: version, resources};
  if (version !== 'v1') {
    const each = {groupVersion: version, version: version.split('/')[1]};
    discovery['/apis'].groups.push({name: version.split('/')[0], versions: [each], preferredVersion: each});
  }
}

const objects = new Map(); // by path
let revision = 1;

const failure = (code, reason) => [code, {kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, code}];

function merge(into, patch) {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return patch;
  const out = into && typeof into === 'object' && !Array.isArray(into) ? {...into} : {};
  for (const [key, value] of Object.entries(patch))
    if (value === null) delete out[key]; else out[key] = merge(out[key], value);
  return out;
}

function tell(verb, {kind, type, metadata}) {
  if (type !== 'helm.sh/release.v1') process.stderr.write(`${verb} ${kind}/${metadata.name}\n`);
}

function keep(path, object, verb) {
  const before = objects.get(path);
  const bare = o => JSON.stringify({...o, metadata: {...o.metadata, resourceVersion: 0, uid: 0}, status: 0});
  const same = before && bare(before) === bare(object);
  object.metadata.resourceVersion = same ? before.metadata.resourceVersion : String(++revision);
  object.metadata.uid = before ? before.metadata.uid : 'uid-' + revision;
  objects.set(path, object);
  if (!same) tell(verb, object);
  return [before ? 200 : 201, object];
}

function answer(method, url, type, body) {
  const path = url.pathname;
  if (discovery[path]) return [200, discovery[path]];
  const [, base, version, space, name] =
    path.match(/^(\/apis?\/((?:[^/]+\/)?v[^/]+)(?:\/namespaces\/([^/]+))?\/[^/]+)(?:\/([^/]+))?$/) || [];
  if (!base) return failure(404, 'NotFound');
  if (method === 'POST') {
    const at = `${base}/${body.metadata.name}`;
    if (objects.has(at)) return failure(409, 'AlreadyExists');
    if (space) body.metadata.namespace = space;
    return keep(at, body, 'create');
  }
  if (!name) {
    const wanted = (url.searchParams.get('labelSelector') || '').split(',').filter(Boolean).map(l => l.split('='));
    const items = [...objects].filter(([at]) => at.startsWith(base + '/')).map(([, o]) => o)
      .filter(o => wanted.every(([key, value]) => (o.metadata.labels || {})[key] === value));
    const kind = groups[version].find(each => plural(each) === base.split('/').pop());
    return [200, {kind: kind + 'List', apiVersion: version, metadata: {resourceVersion: String(revision)}, items}];
  }
  const there = objects.get(path);
  if (method === 'PATCH' && /apply/.test(type)) {
    if (space) body.metadata.namespace = space;
    return keep(path, body, 'apply');
  }
  if (!there) return failure(404, 'NotFound');
  if (method === 'DELETE') {
    objects.delete(path);
    tell('delete', there);
    return [200, {kind: 'Status', apiVersion: 'v1', status: 'Success'}];
  }
  if (method === 'PUT') return keep(path, body, 'replace');
  if (method === 'PATCH') return keep(path, merge(there, body), 'patch');
  return [200, there];
}

// Helm sends its own Secrets in protobuf, `kubectl create` what it makes: lists of [field, bytes], numbers left out.
function fields(bytes) {
  const found = [];
  let at = 0;
  const varint = () => {
    let value = 0, shift = 0, byte;
    do { byte = bytes[at++]; value += (byte & 127) * 2 ** shift; shift += 7; } while (byte & 128);
    return value;
  };
  while (at < bytes.length) {
    const key = varint(), length = varint();
    if (key % 8 === 2) found.push([key >> 3, bytes.subarray(at, at += length)]);
  }
  return found;
}

function decoded(bytes) {
  const one = (list, number) => list.filter(([n]) => n === number).map(([, value]) => value);
  const text = (list, number) => String(one(list, number)[0] || '');
  const map = (list, number, encoding) => Object.fromEntries(one(list, number).map(fields)
    .map(entry => [text(entry, 1), (one(entry, 2)[0] || Buffer.alloc(0)).toString(encoding)]));
  const envelope = fields(bytes.subarray(4)); // after "k8s\0"
  const type = fields(one(envelope, 1)[0]);
  const object = fields(one(envelope, 2)[0]);
  const metadata = fields(one(object, 1)[0]);
  const secret = text(type, 2) === 'Secret' ? {data: map(object, 2, 'base64'), type: text(object, 3)} : {};
  return {kind: text(type, 2), apiVersion: text(type, 1), ...secret,
    metadata: {name: text(metadata, 1), labels: map(metadata, 11, 'utf8')}};
}

const server = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', chunk => chunks.push(chunk));
  request.on('end', () => {
    const bytes = Buffer.concat(chunks);
    const type = request.headers['content-type'] || '';
    let code, object;
    try {
      const body = !bytes.length || request.method === 'DELETE' ? null : /protobuf/.test(type) ? decoded(bytes) : JSON.parse(bytes.toString());
      [code, object] = answer(request.method, new URL(request.url, 'http://cluster'), type, body);
    } catch (error) {
      process.stderr.write(`${request.method} ${request.url}: ${error}\n`);
      [code, object] = failure(500, 'InternalError');
    }
    response.writeHead(code, {'content-type': 'application/json'});
    response.end(JSON.stringify(object));
  });
});
server.listen(0, '127.0.0.1', () => fs.writeFileSync(process.argv[2], String(server.address().port)));
