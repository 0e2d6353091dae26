/* Suggestions for a word that is not one of those expected. */
#ifndef SUGGEST_H
#define SUGGEST_H

#include "base/base.h"

/* The word that is nearest to `wrong` of those considered so far; empty when none is near. */
typedef struct Guess {
    Str wrong, best;
    size_t distance;
} Guess;

Guess guess_at(Str wrong);
void guess_consider(Guess *guess, Str word);

/* Whether `text` is one of `choices`, which are separated by '|'. */
bool is_choice(Str choices, Str text);
/* The one of `choices` that is nearest to `wrong`; empty when none is near. */
Str choice_suggestion(Str choices, Str wrong);
/* "a, b or c" */
Str choices_text(Arena *arena, Str choices);

#endif
