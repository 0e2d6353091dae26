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
        workers->at[i].index = i;
    workers_jump(workers, no_memory);
}

static void jump_to(Worker *worker, jmp_buf *no_memory) {
    worker->scratch.no_memory = worker->output.no_memory = no_memory;
}

void workers_jump(Workers *workers, jmp_buf *no_memory) {
    for (size_t i = 0; i < workers->count; i++)
        jump_to(&workers->at[i], no_memory);
}

void workers_free(Workers *workers) {
    for (size_t i = 0; i < workers->count; i++) {
        arena_free(&workers->at[i].scratch);
        arena_free(&workers->at[i].output);
    }
}

typedef struct Job {
    void (*work)(void *context, size_t i, Worker *worker);
    void *context;
    size_t count, stride;
    atomic_size_t next; /* that nobody has taken */
    atomic_bool failed;
} Job;

typedef struct Shift {
    Job *job;
    Worker *worker;
    pthread_t thread;
} Shift;

static void *run_worker(void *argument) {
    const Shift *shift = argument;
    Job *job = shift->job;
    jmp_buf *outer = shift->worker->scratch.no_memory;
    jmp_buf here;
    jump_to(shift->worker, &here);
    if (setjmp(here) == 0) {
        for (size_t from; (from = atomic_fetch_add(&job->next, job->stride)) < job->count;)
            for (size_t i = from; i < from + job->stride && i < job->count; i++)
                job->work(job->context, i, shift->worker);
    } else {
        atomic_store(&job->failed, true);
        atomic_store(&job->next, job->count);
    }
    jump_to(shift->worker, outer);
    return NULL;
}

void parallel(Workers *workers, size_t count, void (*work)(void *context, size_t i, Worker *worker), void *context) {
    Job job = {.work = work, .context = context, .count = count, .stride = count / 1024 + 1};
    Shift team[MOST_WORKERS];
    size_t started = 1;
    for (size_t i = 0; i < MOST_WORKERS; i++)
        team[i] = (Shift){.job = &job, .worker = &workers->at[i]};
    /* If a thread can't be started, the others do its work. */
    while (started < workers->count && started < count &&
           pthread_create(&team[started].thread, NULL, run_worker, &team[started]) == 0)
        started++;
    run_worker(&team[0]);
    for (size_t i = 1; i < started; i++)
        pthread_join(team[i].thread, NULL);
    if (atomic_load(&job.failed))
        longjmp(*workers->at[0].scratch.no_memory, 1);
}
