#include "base/thread.h"

status thread_start(struct thread *thread, void *(*body)(void *), void *argument)
{
    return pthread_create(&thread->handle, NULL, body, argument) == 0 ? OK : FAIL_MEMORY;
}

void thread_join(struct thread *thread)
{
    pthread_join(thread->handle, NULL);
}

status mutex_init(struct mutex *mutex) { return pthread_mutex_init(&mutex->handle, NULL) == 0 ? OK : FAIL_MEMORY; }
void   mutex_free(struct mutex *mutex) { pthread_mutex_destroy(&mutex->handle); }
void   mutex_lock(struct mutex *mutex) { pthread_mutex_lock(&mutex->handle); }
void   mutex_unlock(struct mutex *mutex) { pthread_mutex_unlock(&mutex->handle); }

status signal_init(struct signal *signal) { return pthread_cond_init(&signal->handle, NULL) == 0 ? OK : FAIL_MEMORY; }
void   signal_free(struct signal *signal) { pthread_cond_destroy(&signal->handle); }
void   signal_wait(struct signal *signal, struct mutex *mutex) { pthread_cond_wait(&signal->handle, &mutex->handle); }
void   signal_all(struct signal *signal) { pthread_cond_broadcast(&signal->handle); }
