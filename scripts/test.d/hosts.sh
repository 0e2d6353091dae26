# shellcheck shell=sh
# What the tests of the hosts share: the real tools, a place to work in, and how to say what is wrong.
. scripts/test.d/lib.sh
tools=$(scripts/tools)
judges=$(scripts/judges --present 2>/dev/null) || judges='' # not built
cluster=
at_end=stop_cluster
# Nothing of whoever runs the tests: no plugins, no cluster. But what they have built and taken from registries.
export TOOLS_CACHE="${TOOLS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mailu-post-renderer}"
export HOME="$work/home" KUBECONFIG="$work/none"
unset XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME HELM_PLUGINS HELM_PLUGIN_NAME HELM_PLUGIN_DIR
mkdir "$HOME"
# The installed program: an executable of that name in PATH.
mkdir "$work/bin"
ln -s "$program" "$work/bin/mailu-post-renderer"
PATH=$work/bin:$PATH

# Helm 3 can't read a plugin of Helm 4, which would be in the same directory.
helm3() {
    HELM_PLUGINS=$work/none "$tools/helm3" "$@"
}

helm4() {
    "$tools/helm4" "$@"
}

helm42() { # where $judges is not empty
    "$judges/helm" "$@"
}

has() { # $1: a file, $2: a line's text, exactly
    grep -qF -- "$2" "$1" || fail "$1 has no '$2': $(head -n 20 "$1")"
}

lacks() {
    ! grep -qF -- "$2" "$1" || fail "$1 has '$2': $(grep -nF -- "$2" "$1")"
}

# A stand-in for a cluster, to which KUBECONFIG leads then. $1: the file that gets a line for each change.
start_cluster() {
    node "$top/scripts/test.d/cluster.js" "$work/port" 2>>"$1" &
    cluster=$!
    succeeds_soon [ -s "$work/port" ] || fail 'the stand-in for a cluster does not start'
    cat >"$work/kubeconfig" <<EOF
apiVersion: v1
kind: Config
clusters: [{name: test, cluster: {server: "http://127.0.0.1:$(cat "$work/port")"}}]
users: [{name: test, user: {}}]
contexts: [{name: test, context: {cluster: test, user: test}}]
current-context: test
EOF
    export KUBECONFIG="$work/kubeconfig"
}

stop_cluster() {
    [ -z "$cluster" ] || kill "$cluster"
    cluster=
    rm -f "$work/port"
}

# ---- what guides show ----

# The fenced block after the line <!-- $2 --> in the file $1.
block() {
    awk -v marker="<!-- $2 -->" '
        $0 == marker { found = 1; next }
        found && /^```/ { if (inside) exit; inside = 1; next }
        inside' "$1"
}

# What the commands of a guide take for granted: a checkout at home, and helm, kubectl and kustomize in PATH. $HELM says
# which Helm.
user_tools() {
    ln -s "$top" "$HOME/mailu-post-renderer"
    cat >"$work/bin/helm" <<END
#!/bin/sh
# nothing runs Jobs or knows schemas here
case \$1 in install | upgrade) set -- "\$@" --no-hooks --disable-openapi-validation ;; esac
[ "\$HELM" = helm4 ] || export HELM_PLUGINS=$work/none
exec "$tools/\$HELM" "\$@"
END
    cat >"$work/bin/kubectl" <<END
#!/bin/sh
case \$1 in apply | create) set -- "\$@" --validate=false ;; esac
exec "$tools/kubectl" "\$@"
END
    chmod +x "$work/bin/helm" "$work/bin/kubectl"
    ln -s "$tools/kustomize" "$work/bin/kustomize"
}
