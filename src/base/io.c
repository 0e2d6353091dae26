#include "base/io.h"

#include <errno.h>
#include <limits.h>
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
            batch[filled++] = (struct iovec){(void *)(uintptr_t)(chunks[i].p + from), n};
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
