# Wall time against input size: gnuplot -e "results='results.csv'; picture='bench.svg'" plot.gnuplot
set datafile separator ","
set terminal svg size 800,480 font "sans-serif,13" background "white"
set output picture
set logscale xy
set key left top
set xlabel "input (MB)"
set ylabel "seconds"
set grid
only(program) = sprintf("< awk -F, '$1 != \"mailus\" && $4 == \"%s\" && $5 != \"-\"' %s", program, results)
plot only("kubectl kustomize 5.7") using ($2 / 1e6):5 with linespoints lw 2 title "kubectl kustomize", \
     only("kustomize 4.5") using ($2 / 1e6):5 with linespoints lw 2 title "kustomize 4.5", \
     only("libyaml") using ($2 / 1e6):5 with linespoints lw 2 title "libyaml, events only", \
     only("ours") using ($2 / 1e6):5 with linespoints lw 2 title "mailu-post-renderer", \
     only("cat") using ($2 / 1e6):5 with linespoints lw 2 title "cat"
