/* Threads, locks and signals between them; the only file that knows the system's. */
#pragma once

#include "base/status.h"

#include <pthread.h>

struct thread { pthread_t handle; };
struct mutex  { pthread_mutex_t handle; };
struct signal { pthread_cond_t handle; };       /* a condition variable */

status thread_start(struct thread *thread, void *(*body)(void *), void *argument);
void   thread_join(struct thread *thread);

status mutex_init(struct mutex *mutex);
void   mutex_free(struct mutex *mutex);
void   mutex_lock(struct mutex *mutex);
void   mutex_unlock(struct mutex *mutex);

status signal_init(struct signal *signal);
void   signal_free(struct signal *signal);
void   signal_wait(struct signal *signal, struct mutex *mutex);
void   signal_all(struct signal *signal);
