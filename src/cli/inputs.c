#include "cli/inputs.h"

#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

bool file_read(const char *path, char **bytes, size_t *n) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool read = io_read_all(fd, bytes, n);
    int trouble = errno;
    close(fd);
    errno = trouble;
    return read;
}

static bool read_input(const char *name, char **bytes, size_t *n) {
    return str_is(str(name), "-") ? io_read_all(STDIN_FILENO, bytes, n) : file_read(name, bytes, n);
}

/* What has to be put between the stream and `next`. */
static Str joint(Str stream, Str next) {
    Str text = str_starts(next, S("\xEF\xBB\xBF")) ? str_skip(next, 3) : next;
    bool ended = stream.n == 0 || stream.p[stream.n - 1] == '\n', marked = str_starts(text, S("---"));
    if (stream.n == 0)
        return S("");
    return ended ? marked ? S("") : S("---\n") : marked ? S("\n") : S("\n---\n");
}

static bool append(Inputs *inputs, Str text) {
    if (text.n == 0)
        return true;
    char *larger = text.n <= SIZE_MAX - inputs->n ? realloc(inputs->bytes, inputs->n + text.n) : NULL;
    if (!larger) {
        errno = ENOMEM;
        return false;
    }
    memcpy(larger + inputs->n, text.p, text.n);
    inputs->bytes = larger;
    inputs->n += text.n;
    return true;
}

bool inputs_read(Arena *arena, const char *const *names, size_t count, Inputs *inputs, const char **failed) {
    *inputs = (Inputs){0};
    for (size_t i = 0; i < count; i++) {
        char *bytes;
        Str text = {0};
        *failed = names[i];
        Input *input = PUSH(arena, &inputs->list);
        if (!read_input(names[i], &bytes, &text.n))
            return false;
        text.p = bytes;
        bool joined = append(inputs, joint((Str){inputs->bytes, inputs->n}, text));
        *input = (Input){str_is(str(names[i]), "-") ? S("stdin") : str(names[i]),
                         count > 1 ? diag_line((Str){inputs->bytes, inputs->n}, inputs->n) : 1};
        if (joined && !inputs->bytes) { /* the first: no copy */
            inputs->bytes = bytes;
            inputs->n = text.n;
            continue;
        }
        joined = joined && append(inputs, text);
        free(bytes);
        if (!joined) {
            errno = ENOMEM;
            return false;
        }
    }
    return true;
}

void inputs_free(Inputs *inputs) {
    free(inputs->bytes);
}

void inputs_place(const Inputs *inputs, Diagnostics *diagnostics) {
    for (size_t i = 0; i < diagnostics->list.n; i++) {
        Diagnostic *f = &diagnostics->list.at[i];
        if (!str_is(f->source, "stdin"))
            continue;
        if (!f->line) { /* of the stream as a whole */
            if (inputs->list.n == 1)
                f->source = inputs->list.at[0].name;
            continue;
        }
        size_t last = 0;
        while (last + 1 < inputs->list.n && inputs->list.at[last + 1].first_line <= f->line)
            last++;
        if (last < inputs->list.n) {
            f->source = inputs->list.at[last].name;
            f->line -= inputs->list.at[last].first_line - 1;
        }
    }
}
