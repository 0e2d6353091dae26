# shellcheck shell=sh disable=SC2034
# What the scripts that fetch share: a cache outside the tree ($TOOLS_CACHE says where), and how a folder gets there as a whole.
cache=${TOOLS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mailu-post-renderer}

# $1: a folder of the cache. Prints it and ends if it is there. If not, sets work to a directory of this run, beside it.
print_cached() {
    [ ! -d "$1" ] || { echo "$1" && exit 0; }
    new_directory
}

new_directory() {
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/new.XXXXXX")
    trap 'rm -rf "$work"' EXIT
}

# $1: what was fetched, $2: the folder of the cache that it becomes. If another run was quicker, what is there is the same.
keep() {
    mv -T "$1" "$2" 2>/dev/null || [ -d "$2" ]
    echo "$2"
}
