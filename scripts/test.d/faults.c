/* Preloaded by scripts/test.d/faults: lets one call of the C library fail.
 *
 *   FAULT=CALL:N:ERRNO   the Nth CALL fails with that error; N+ for it and all that follow
 *                        (malloc_large: of 32 kB or more, on whatever thread)
 *   FAULT=short:0:0      every read and write moves a few bytes only, and every third is interrupted first
 *   FAULT=count:0:0      none fails; at the end "CALL N" for each goes to the file that FAULT_COUNTS names
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { LARGE = 32 * 1024 /* bytes: more than most allocations, less than a block of an arena */ };
enum { MALLOC, MALLOC_LARGE, CALLOC, REALLOC, READ, WRITEV, CLOSE, OPEN, FSTAT, PTHREAD_CREATE, FORK, PIPE, CALLS };

static const char *const names[CALLS] = {"malloc", "malloc_large", "calloc", "realloc",        "read", "writev",
                                         "close",  "open",         "fstat",  "pthread_create", "fork", "pipe"};
static atomic_long counts[CALLS];
static int wanted = -1, trouble;
static long first, last;
static int dribbles, counting;
static pid_t owner;

void *__libc_malloc(size_t n);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t n);

__attribute__((constructor)) static void set_up(void) {
    const char *fault = getenv("FAULT");
    char name[32], more = 0;
    if (!fault || sscanf(fault, "%31[a-z_]:%ld%c", name, &first, &more) < 2)
        return;
    last = more == '+' ? 1000000000 : first;
    trouble = atoi(strrchr(fault, ':') + 1);
    dribbles = !strcmp(name, "short");
    counting = !strcmp(name, "count");
    owner = getpid();
    memset(counts, 0, sizeof counts);
    for (int i = 0; i < CALLS; i++)
        if (!strcmp(name, names[i]))
            wanted = i;
}

__attribute__((destructor)) static void tell(void) {
    const char *path = getenv("FAULT_COUNTS");
    wanted = -1;
    dribbles = 0;
    FILE *file = counting && path && getpid() == owner ? fopen(path, "w") : NULL;
    for (int i = 0; file && i < CALLS; i++)
        fprintf(file, "%s %ld\n", names[i], atomic_load(&counts[i]));
    if (file)
        fclose(file);
}

static int fails(int call) {
    long n = atomic_fetch_add(&counts[call], 1) + 1;
    if (call != wanted || n < first || n > last)
        return 0;
    errno = trouble;
    return 1;
}

/* Every third one is interrupted. */
static int interrupted(int call) {
    if (!dribbles || atomic_load(&counts[call]) % 3)
        return 0;
    errno = EINTR;
    return 1;
}

#define NEXT(type, name) ((type)(dlsym(RTLD_NEXT, name)))

void *malloc(size_t n) {
    bool failed = fails(MALLOC);
    failed |= n >= LARGE && fails(MALLOC_LARGE);
    return failed ? NULL : __libc_malloc(n);
}

void *calloc(size_t count, size_t size) {
    return fails(CALLOC) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t n) {
    return fails(REALLOC) ? NULL : __libc_realloc(old, n);
}

ssize_t read(int fd, void *bytes, size_t n) {
    if (fails(READ) || interrupted(READ))
        return -1;
    return NEXT(ssize_t(*)(int, void *, size_t), "read")(fd, bytes, dribbles && n > 7 ? 7 : n);
}

ssize_t writev(int fd, const struct iovec *pieces, int count) {
    if (fails(WRITEV) || interrupted(WRITEV))
        return -1;
    if (dribbles)
        return write(fd, pieces->iov_base, pieces->iov_len > 11 ? 11 : pieces->iov_len);
    return NEXT(ssize_t(*)(int, const struct iovec *, int), "writev")(fd, pieces, count);
}

int close(int fd) {
    int result = NEXT(int (*)(int), "close")(fd);
    return fails(CLOSE) ? -1 : result;
}

int open(const char *path, int flags, ...) {
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    return fails(OPEN) ? -1 : NEXT(int (*)(const char *, int, ...), "open")(path, flags, mode);
}

int fstat(int fd, struct stat *status) {
    return fails(FSTAT) ? -1 : NEXT(int (*)(int, struct stat *), "fstat")(fd, status);
}

int pthread_create(pthread_t *thread, const pthread_attr_t *settings, void *(*run)(void *), void *argument) {
    if (fails(PTHREAD_CREATE))
        return trouble;
    return NEXT(int (*)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *),
                "pthread_create")(thread, settings, run, argument);
}

pid_t fork(void) {
    return fails(FORK) ? -1 : NEXT(pid_t(*)(void), "fork")();
}

int pipe(int ends[2]) {
    return fails(PIPE) ? -1 : NEXT(int (*)(int[2]), "pipe")(ends);
}
