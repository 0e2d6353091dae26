#include "base/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

void workers_init(Workers *workers, size_t most, jmp_buf *no_memory) {
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    *workers = (Workers){.count = most < MOST_WORKERS ? most : MOST_WORKERS};
    if (cores < 1)
        cores = 1;
    if (workers->count > (size_t)cores)
        workers->count = (size_t)cores;
    for (size_t i = 0; i < workers->count; i++)
        workers->arenas[i].no_memory = no_memory;
}

void workers_free(Workers *workers) {
    for (size_t i = 0; i < workers->count; i++)
        arena_free(&workers->arenas[i]);
}

typedef struct Job {
    void (*work)(void *context, size_t i, Arena *arena);
    void *context;
    size_t count, stride;
    atomic_size_t next; /* that nobody has taken */
    atomic_bool failed;
} Job;

typedef struct Worker {
    Job *job;
    Arena *arena;
    pthread_t thread;
} Worker;

static void *run_worker(void *argument) {
    const Worker *worker = argument;
    Job *job = worker->job;
    jmp_buf *outer = worker->arena->no_memory;
    jmp_buf here;
    worker->arena->no_memory = &here;
    if (setjmp(here) == 0) {
        for (size_t from; (from = atomic_fetch_add(&job->next, job->stride)) < job->count;)
            for (size_t i = from; i < from + job->stride && i < job->count; i++)
                job->work(job->context, i, worker->arena);
    } else {
        atomic_store(&job->failed, true);
        atomic_store(&job->next, job->count);
    }
    worker->arena->no_memory = outer;
    return NULL;
}

void parallel(Workers *workers, size_t count, void (*work)(void *context, size_t i, Arena *arena), void *context) {
    Job job = {.work = work, .context = context, .count = count, .stride = count / 1024 + 1};
    Worker team[MOST_WORKERS];
    size_t started = 1;
    for (size_t i = 0; i < MOST_WORKERS; i++)
        team[i] = (Worker){.job = &job, .arena = &workers->arenas[i]};
    /* A thread that can't be had is work for the others. */
    while (started < workers->count && started < count &&
           pthread_create(&team[started].thread, NULL, run_worker, &team[started]) == 0)
        started++;
    run_worker(&team[0]);
    for (size_t i = 1; i < started; i++)
        pthread_join(team[i].thread, NULL);
    if (atomic_load(&job.failed))
        longjmp(*workers->arenas[0].no_memory, 1);
}
