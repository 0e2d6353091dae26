#include "base/suggest.h"

enum { LONGEST_WORD = 64 };

/* The number of letters to change, add, drop or swap that make `a` into `b`. */
static size_t distance(Str a, Str b) {
    size_t rows[3][LONGEST_WORD + 1];
    if (a.n > LONGEST_WORD || b.n > LONGEST_WORD)
        return LONGEST_WORD;
    for (size_t j = 0; j <= b.n; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.n; i++) {
        size_t *row = rows[i % 3], *up = rows[(i - 1) % 3], *up2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.n; j++) {
            size_t best = up[j - 1] + (a.p[i - 1] != b.p[j - 1]);
            if (up[j] + 1 < best)
                best = up[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1] && up2[j - 2] + 1 < best)
                best = up2[j - 2] + 1;
            row[j] = best;
        }
    }
    return rows[a.n % 3][b.n];
}

void guess_consider(Guess *guess, Str word) {
    size_t d = distance(guess->wrong, word);
    if (d > 1 && guess->wrong.n >= 3 && str_starts(word, guess->wrong))
        d = 1; /* "mem" is the beginning of "memory" */
    if (d < guess->distance) {
        guess->distance = d;
        guess->best = word;
    }
}

Guess guess_at(Str wrong) {
    return (Guess){wrong, {0}, wrong.n / 3 + 2};
}

bool is_choice(Str choices, Str text) {
    while (choices.n)
        if (str_eq(str_cut(&choices, '|'), text))
            return true;
    return false;
}

Str choice_suggestion(Str choices, Str wrong) {
    Guess guess = guess_at(wrong);
    while (choices.n)
        guess_consider(&guess, str_cut(&choices, '|'));
    return guess.best;
}

Str choices_text(Arena *arena, Str choices) {
    Buf out = {.arena = arena};
    while (choices.n) {
        Str choice = str_cut(&choices, '|');
        buf_format(&out, "%s%.*s", !out.n ? "" : choices.n ? ", " : " or ", F(choice));
    }
    return buf_str(&out);
}
