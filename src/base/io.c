#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* macOS refuses to read or write 2 GiB at once; Linux does less than it was asked for. */
enum { FIRST_READ = 64 * 1024, MOST_AT_ONCE = 1 << 30 };
/* 64 GiB, or a quarter of what can be addressed. */
#define LARGEST_INPUT ((size_t)(SIZE_MAX / 4 < UINT64_C(1) << 36 ? SIZE_MAX / 4 : UINT64_C(1) << 36))

/* Room for the next read: a byte more than a regular file holds, else twice what there is. realloc moves pages, not
 * bytes, once the buffer is large. */
static size_t first_capacity(int fd) {
    struct stat status;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0 &&
        (uintmax_t)status.st_size < LARGEST_INPUT)
        return (size_t)status.st_size + 1;
    return FIRST_READ;
}

bool io_read_all(int fd, char **bytes, size_t *n) {
    size_t capacity = first_capacity(fd), used = 0;
    char *buffer = malloc(capacity);
    int trouble = ENOMEM;
    while (buffer) {
        if (used == capacity) {
            if (capacity >= LARGEST_INPUT) {
                trouble = EFBIG;
                break;
            }
            char *larger = realloc(buffer, capacity * 2);
            if (!larger)
                break;
            buffer = larger;
            capacity *= 2;
        }
        size_t room = capacity - used;
        ssize_t got = read(fd, buffer + used, room < MOST_AT_ONCE ? room : MOST_AT_ONCE);
        if (got > 0) {
            used += (size_t)got;
        } else if (got == 0) {
            *bytes = buffer;
            *n = used;
            return true;
        } else if (errno != EINTR) {
            trouble = errno;
            break;
        }
    }
    free(buffer);
    errno = trouble;
    return false;
}

enum { BATCH = 64 }; /* chunks a writev; POSIX promises 16, Linux takes 1024 */

bool io_write_all(int fd, const Str *chunks, size_t count) {
    size_t skip = 0; /* bytes of the first chunk that went out already */
    while (count) {
        struct iovec batch[BATCH];
        size_t room = MOST_AT_ONCE;
        int filled = 0;
        for (size_t i = 0; i < count && filled < BATCH && room; i++) {
            size_t from = i ? 0 : skip, n = chunks[i].n - from;
            if (n > room)
                n = room;
            batch[filled++] = (struct iovec){(void *)((uintptr_t)chunks[i].p + from), n};
            room -= n;
        }
        ssize_t sent = writev(fd, batch, filled);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0)
            return false;
        skip += (size_t)sent;
        while (count && skip >= chunks->n) {
            skip -= chunks->n;
            chunks++;
            count--;
        }
    }
    return true;
}

bool io_close(int fd) {
    return close(fd) == 0 || errno == EINTR;
}

static bool write_and_close(int fd, const Str *chunks, size_t count) {
    bool written = io_write_all(fd, chunks, count);
    int trouble = errno;
    bool closed = io_close(fd);
    if (!written)
        errno = trouble;
    return written && closed;
}

/* The mode of a new file. */
static mode_t new_mode(void) {
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

bool io_write_file(Arena *arena, const char *path, const Str *chunks, size_t count) {
    struct stat status;
    bool there = stat(path, &status) == 0;
    if (there && !S_ISREG(status.st_mode)) {
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        return fd >= 0 && write_and_close(fd, chunks, count);
    }
    char *real = there ? realpath(path, NULL) : NULL; /* a link stays a link */
    if (there && !real)
        return false;
    char *beside = (char *)(uintptr_t)str_format(arena, "%s.XXXXXX", real ? real : path).p;
    int fd = mkstemp(beside);
    bool done = fd >= 0 && fchmod(fd, there ? status.st_mode & 07777 : new_mode()) == 0;
    if (fd >= 0 && !done)
        close(fd);
    done = done && write_and_close(fd, chunks, count) && rename(beside, real ? real : path) == 0;
    int trouble = errno;
    if (fd >= 0 && !done)
        unlink(beside);
    free(real);
    errno = trouble;
    return done;
}
