#include "flow/finisher.h"

#include "base/thread.h"

enum { WAITING_MOST = 8 };              /* batches */

struct finisher {
    struct thread thread;
    struct mutex  lock;                 /* of all below */
    struct signal changed;
    struct batch *waiting[WAITING_MOST];
    uint32_t      from, count;
    bool          over;
    status        result;
    status      (*finish)(struct run *);
    struct run   *run;
};

static void *work(void *argument)
{
    struct finisher *finisher = argument;
    status           result = finisher->finish(finisher->run);

    mutex_lock(&finisher->lock);
    finisher->result = result;
    finisher->over = true;
    signal_all(&finisher->changed);
    mutex_unlock(&finisher->lock);
    return NULL;
}

static status make(struct run *run, struct finisher **out)
{
    TRY_NEW(*out = ARENA_NEW(&run->arena, struct finisher));
    TRY(mutex_init(&(*out)->lock));
    if (signal_init(&(*out)->changed) == OK)
        return OK;
    mutex_free(&(*out)->lock);
    return FAIL_MEMORY;
}

status finisher_start(struct run *run, status (*finish)(struct run *))
{
    struct finisher *finisher;

    TRY(make(run, &finisher));
    finisher->finish = finish;
    finisher->run = run;
    run->finisher = finisher;
    if (thread_start(&finisher->thread, work, finisher) == OK)
        return OK;
    run->finisher = NULL;
    signal_free(&finisher->changed);
    mutex_free(&finisher->lock);
    return FAIL_MEMORY;
}

status finisher_put(struct run *run, struct batch *takes)
{
    struct finisher *finisher = run->finisher;
    status           s = OK;

    mutex_lock(&finisher->lock);
    while ((finisher->count == WAITING_MOST || (finisher->count && run_is_full(run))) && !run_is_cancelled(run))
        signal_wait(&finisher->changed, &finisher->lock);
    if (finisher->count == WAITING_MOST) {
        s = FAIL_CANCELLED;
        batch_release(takes);
    } else {
        finisher->waiting[(finisher->from + finisher->count++) % WAITING_MOST] = takes;
        run->rows_out += takes->rows.count;
        signal_all(&finisher->changed);
    }
    mutex_unlock(&finisher->lock);
    return s;
}

status finisher_next(struct run *run, struct batch **out)
{
    struct finisher *finisher = run->finisher;
    status           s = DONE;

    mutex_lock(&finisher->lock);
    while (finisher->count == 0 && !finisher->over)
        signal_wait(&finisher->changed, &finisher->lock);
    if (finisher->count) {
        *out = finisher->waiting[finisher->from];
        finisher->from = (finisher->from + 1) % WAITING_MOST;
        finisher->count--;
        signal_all(&finisher->changed);
        s = OK;
    }
    mutex_unlock(&finisher->lock);
    return s;
}

status finisher_join(struct run *run)
{
    struct finisher *finisher = run->finisher;

    if (!finisher)
        return OK;
    mutex_lock(&finisher->lock);
    signal_all(&finisher->changed);         /* whoever waits for room looks whether the run was cancelled */
    mutex_unlock(&finisher->lock);
    thread_join(&finisher->thread);
    run->finisher = NULL;
    while (finisher->count) {
        batch_release(finisher->waiting[finisher->from]);
        finisher->from = (finisher->from + 1) % WAITING_MOST;
        finisher->count--;
    }
    signal_free(&finisher->changed);
    mutex_free(&finisher->lock);
    return finisher->result;
}
