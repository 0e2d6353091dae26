# shellcheck shell=sh
# Running the commands of plugin/k3s/README.md, for tests that have sourced hosts.sh.
scripts/install openssl

# Runs the blocks of commands one after the other, as a user would, in the cluster that KUBECONFIG leads to and with the Helm that
# $HELM names. At the end $HOME/mail has the files, and $work/secrets.json the Secrets as they were after the installation.
follow_guide() {
    guide=$top/plugin/k3s/README.md
    [ "$HELM" = helm3 ] || helm4 plugin list | grep -q mailu-post-renderer || helm4 plugin install "$top" >"$work/log" 2>&1 ||
        fail "$(cat "$work/log")"
    rm -rf "$HOME/mail"
    cd "$HOME" || exit
    sed -n 's/^<!-- run: \(.*\) -->$/\1/p' "$guide" >"$work/blocks"
    while read -r name <&3; do
        block "$guide" "run: $name" >"$work/script"
        sh -eu "$work/script" >"$work/answer" 2>"$work/log" || fail "$HELM: $name: $(cat "$work/log")"
        case $name in
        files)
            cd "$HOME/mail" || exit
            ! grep -rn 'example\.com' -- *.yaml || fail 'not all files have the new domain'
            mkdir mailu # the chart, which the guide takes from its repository
            cp -R "$top/testdata/chart" mailu/mailu
            ;;
        review) has "$work/answer" dovecot-submission ;;
        password) [ "$(wc -c <"$work/answer")" = 24 ] || fail "no password: $(cat "$work/answer")" ;;
        install) kubectl get secrets --namespace mailu --output json >"$work/secrets.json" ;;
        esac
    done 3<"$work/blocks"
}
