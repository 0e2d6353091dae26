# results.csv as a table in Markdown. "of libyaml" is the time over that of the bare parse; "10x bytes" what ten times the bytes
# of the same mixture cost in CPU time, from the input before.
function times(a, b) { return sprintf(a < 20 * b ? "%.2fx" : "%.0fx", a / b) }
function seconds(s) { return s < 0.1 ? sprintf("%.1f ms", s * 1000) : sprintf("%.2f s", s) }
function size(b) { return b < 1e6 ? sprintf("%.0f kB", b / 1e3) : sprintf("%.1f MB", b / 1e6) }
BEGIN {
    FS = ","
    print "| documents | program | wall | of libyaml | CPU | of libyaml | 10x bytes | peak memory |"
    print "| --- | --- | --: | --: | --: | --: | --: | --: |"
}
NR == 1 { next }
{
    if ($4 == "libyaml") { wall = $5; base = $6 }
    named = $3 " (" size($2) ")" ($1 == "chart" ? ", the chart" : $1 ~ /^mailus/ ? ", all Mailu\047s" ($1 ~ /-r/ ? ", a ResourceList" : $1 ~ /-l/ ? ", a List" : "") : ", one Mailu")
    growth = $1 ~ /^foreign/ && cpu[$4] > 0.01 ? times(10 * ($6 / cpu[$4]), $2 / bytes[$4]) : ""
    row = $1 == last ? "" : named
    if ($5 == "-")
        printf "| %s | %s | over 100 s | | | | | |\n", row, $4
    else
        printf "| %s | %s | %s | %s | %s | %s | %s | %s |\n", row, $4, seconds($5), $4 == "cat" ? "" : times($5, wall),
            seconds($6), $4 == "cat" ? "" : times($6, base), growth, size($7 * 1024)
    last = $1
    if ($1 ~ /^foreign/) { cpu[$4] = $6; bytes[$4] = $2 }
}
