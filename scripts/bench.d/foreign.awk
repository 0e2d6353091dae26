# Manifests of other people's: awk -v n=1000 -f foreign.awk
# Deployments, Services, ConfigMaps, Secrets and NetworkPolicies in forty namespaces, as charts render them.
function deployment(name, i) {
    return "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: " name "\n  namespace: team-" (i % 40) \
        "\n  labels:\n    app.kubernetes.io/name: app\n    app.kubernetes.io/instance: " name \
        "\n    app.kubernetes.io/component: front\nspec:\n  replicas: 2\n  selector:\n    matchLabels:\n" \
        "      app.kubernetes.io/instance: " name "\n  template:\n    metadata:\n      labels:\n" \
        "        app.kubernetes.io/instance: " name "\n        app.kubernetes.io/component: front\n    spec:\n" \
        "      containers:\n        - name: front\n          image: \"registry.example.com/team/app:1." i "\"\n" \
        "          imagePullPolicy: IfNotPresent\n          ports:\n            - name: http\n" \
        "              containerPort: 8080\n              protocol: TCP\n          env:\n            - name: LOG_LEVEL\n" \
        "              value: \"info\"\n            - name: PASSWORD\n              valueFrom:\n" \
        "                secretKeyRef:\n                  name: " name "\n                  key: password\n" \
        "          resources:\n            limits: {}\n            requests:\n              cpu: 100m\n" \
        "              memory: 128Mi\n          readinessProbe:\n            httpGet:\n              path: /healthz\n" \
        "              port: http"
}
function service(name, i) {
    return "apiVersion: v1\nkind: Service\nmetadata:\n  name: " name "\n  namespace: team-" (i % 40) \
        "\n  labels:\n    app.kubernetes.io/instance: " name "\nspec:\n  type: ClusterIP\n  ports:\n    - port: 80\n" \
        "      targetPort: http\n      protocol: TCP\n      name: http\n  selector:\n" \
        "    app.kubernetes.io/instance: " name
}
function config_map(name, i) {
    return "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: " name "\n  namespace: team-" (i % 40) \
        "\ndata:\n  LEVEL: \"3\"\n  app.conf: |\n    # configuration\n    listen = 8080\n    workers: 4\n\n" \
        "    [section]\n    path = /srv/data"
}
function secret(name, i) {
    return "apiVersion: v1\nkind: Secret\nmetadata:\n  name: " name "\n  namespace: team-" (i % 40) \
        "\ntype: Opaque\ndata:\n  password: \"c2VjcmV0LXZhbHVl\""
}
function policy(name, i) {
    return "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n  name: " name "\n  namespace: team-" (i % 40) \
        "\nspec:\n  podSelector:\n    matchLabels:\n      app.kubernetes.io/instance: " name \
        "\n  policyTypes:\n    - Ingress\n  ingress:\n    - from:\n        - podSelector:\n            matchLabels:\n" \
        "              app.kubernetes.io/instance: " name
}
BEGIN {
    for (i = 0; i < n; i++) {
        name = "app-" i
        print "---\n# Source: app/templates/" i ".yaml"
        if (i % 5 == 0) print deployment(name, i)
        else if (i % 5 == 1) print service(name, i)
        else if (i % 5 == 2) print config_map(name, i)
        else if (i % 5 == 3) print secret(name, i)
        else print policy(name, i)
    }
}
