/* --allow-write DIR: what collect and mcollect store, as lines of JSON in files of that folder, one for each index; and the
 * tables of outputlookup and outputcsv (store_table.c).
 *
 * Lines wait in a file without a name until the search has succeeded; then they go behind what is there already. So a search
 * that fails leaves nothing behind, and one that reads the very file it writes to comes to its end. The target is locked
 * meanwhile, and cut back to what it was if not all could be written. */
#include "store.h"
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MOST = 200, PIECE = 64 * 1024 };

spl_status store_fail(spl_call *call, const struct stream *stream, const char *what, int number)
{
    char text[200];

    snprintf(text, sizeof text, "%s '%s/%.80s': %s", what, stream->store->path, stream->name, strerror(number));
    return spl_call_fail(call, text);
}

/* --- names --------------------------------------------------------------------------------------------------------- */

/* A file right in the folder and nowhere else, that a listing shows. */
static const char *is_wrong(const char *name)
{
    size_t size = strlen(name);

    if (size == 0 || size > NAME_MOST)
        return "it is empty or too long";
    if (name[0] == '.')
        return "it begins with a dot";
    if (strstr(name, ".."))
        return "it holds two dots";
    for (size_t i = 0; i < size; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f || name[i] == '/' || name[i] == '\\')
            return "it holds a slash, a backslash or a control character";
    return NULL;
}

/* What cannot stand in a message becomes a question mark. */
spl_status store_refuse(spl_call *call, const char *what, const char *name, const char *why)
{
    char shown[64], text[200];
    int  size = snprintf(shown, sizeof shown, "%s", name);

    for (int i = 0; i < size && shown[i]; i++)
        if ((unsigned char)shown[i] < 0x20 || shown[i] == 0x7f)
            shown[i] = '?';
    snprintf(text, sizeof text, "the %s '%s' cannot be the name of a file: %s", what, shown, why);
    return spl_call_fail(call, text);
}

static const char *ending(const spl_target *target, const char *name)
{
    const char *dot = strrchr(name, '.');

    if (target->store == SPL_CSV)
        return dot ? "" : ".csv";
    if (target->store == SPL_TABLE)
        return dot && (!strcmp(dot, ".csv") || !strcmp(dot, ".gz") || !strcmp(dot, ".zst")) ? "" : ".csv";
    return target->file ? "" : ".ndjson";
}

static spl_status begin(spl_call *call, void *host, const spl_target *target, void **state)
{
    const char    *given = target->file ? target->file : target->table ? target->table : target->index;
    const char    *wrong = is_wrong(given), *end = ending(target, given);
    size_t         size = strlen(given), room = size + strlen(end) + 1;
    struct stream *stream;

    if (wrong)
        return store_refuse(call, target->file ? "file" : target->table ? "table" : "index", given, wrong);
    stream = spl_call_memory(call, sizeof *stream);
    if (!stream || !(stream->name = spl_call_memory(call, room)))
        return spl_call_fail(call, "out of memory");
    *stream = (struct stream){ .store = host, .name = stream->name, .waiting = -1, .table = target->table != NULL };
    snprintf(stream->name, room, "%s%s", given, end);
    *state = stream;
    return stream->table ? store_table_begin(call, target, stream) : SPL_OK;
}

/* --- lines that wait ----------------------------------------------------------------------------------------------- */

/* A file that nobody can name; where there are no such, one whose name is gone at once. */
static int open_nameless(int folder)
{
    char name[64];
    int  file = -1;

#ifdef O_TMPFILE
    file = openat(folder, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
#endif
    for (unsigned i = 0; file < 0 && i < 100; i++) {
        snprintf(name, sizeof name, ".spl-run-%ld-%u", (long)getpid(), i);
        file = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (file >= 0)
            unlinkat(folder, name, 0);
        else if (errno != EEXIST)
            break;
    }
    return file;
}

bool store_write(int file, const char *at, size_t size)
{
    while (size) {
        ssize_t wrote = write(file, at, size);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0) {
            errno = wrote ? errno : ENOSPC;
            return false;
        }
        at += wrote;
        size -= (size_t)wrote;
    }
    return true;
}

bool store_wait(struct stream *stream)
{
    if (stream->waiting < 0)
        stream->waiting = open_nameless(stream->store->folder);
    return stream->waiting >= 0;
}

static spl_status write_rows(spl_call *call, void *host, void *state, const spl_batch *rows)
{
    struct stream *stream = state;

    (void)host;
    if (stream->table)
        return store_table_write(call, stream, rows);
    if (!store_wait(stream))
        return store_fail(call, stream, "cannot write to", errno);
    stream->lines.size = 0;
    for (size_t row = 0; row < spl_batch_rows(rows); row++)
        if (!record_row(&stream->lines, rows, row))
            return spl_call_fail(call, "out of memory");
    if (!store_write(stream->waiting, stream->lines.at, stream->lines.size))
        return store_fail(call, stream, "cannot write to", errno);
    return SPL_OK;
}

/* --- the file ------------------------------------------------------------------------------------------------------ */

static bool copy_all(int from, int to)
{
    char    piece[PIECE];
    ssize_t got;

    if (lseek(from, 0, SEEK_SET) != 0)
        return false;
    while ((got = read(from, piece, sizeof piece)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 || !store_write(to, piece, (size_t)got))
            return false;
    }
    return true;
}

/* A line that somebody else left unfinished is not ours to go on with. */
static bool end_line(int file, off_t size)
{
    char last = '\n';

    if (size > 0 && pread(file, &last, 1, size - 1) != 1)
        return false;
    return last == '\n' || store_write(file, "\n", 1);
}

/* Locked, and a plain file. *size: of what is in it. */
static int open_target(const struct stream *stream, off_t *size)
{
    int         flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
    int         file = openat(stream->store->folder, stream->name, flags, 0666), number;
    struct stat known;

    if (file < 0)
        return -1;
    while ((number = flock(file, LOCK_EX)) < 0 && errno == EINTR)
        continue;
    if (number == 0 && fstat(file, &known) == 0) {
        errno = EINVAL;
        *size = known.st_size;
        if (S_ISREG(known.st_mode))
            return file;
    }
    number = errno;
    close(file);
    errno = number;
    return -1;
}

static spl_status finish(spl_call *call, void *host, void *state)
{
    struct stream *stream = state;
    off_t          size;
    int            file, number = 0;

    (void)host;
    if (stream->table)
        return store_table_finish(call, stream);
    if (stream->waiting < 0)
        return SPL_OK;
    if ((file = open_target(stream, &size)) < 0)
        return errno == ELOOP ? store_refuse(call, "index or file", stream->name, "there is a symbolic link of that name")
                              : store_fail(call, stream, "cannot write to", errno);
    if (!end_line(file, size) || !copy_all(stream->waiting, file)) {
        number = errno;
        if (ftruncate(file, size) != 0)
            number = errno;
    }
    if (close(file) != 0 && number == 0)
        number = errno;
    return number ? store_fail(call, stream, "cannot write to", number) : SPL_OK;
}

static void close_stream(void *host, void *state)
{
    struct stream *stream = state;

    (void)host;
    if (stream->waiting >= 0)
        close(stream->waiting);
    free(stream->lines.at);
}

/* --- the option ---------------------------------------------------------------------------------------------------- */

static void drop(void *host)
{
    struct store *store = host;

    close(store->folder);
    free(store);
}

bool store_open(struct session *session, const char *path)
{
    struct store *store = malloc(sizeof *store);
    spl_error    *err = NULL;
    spl_sink      sink = { .size = sizeof sink, .stores = SPL_EVENTS | SPL_METRICS | SPL_TABLE | SPL_CSV, .begin = begin,
                           .write = write_rows, .finish = finish, .close = close_stream, .host = store, .drop = drop };

    if (!store) {
        fputs("error: out of memory\n", stderr);
        return false;
    }
    store->path = path;
    store->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->folder < 0) {
        fprintf(stderr, "error: cannot open the folder '%s': %s\n", path, strerror(errno));
        free(store);
        return false;
    }
    if (spl_engine_set_sink(session->engine, &sink, &err) < 0) {
        drop(store);
        session_fail(session, err);
        return false;
    }
    session->writes = true;
    return true;
}
