/* --allow-write DIR: what collect and mcollect store, as lines of JSON in files of that folder, one for each index.
 *
 * Lines wait in a file without a name until the search has succeeded; then they go behind what is there already. So a search
 * that fails leaves nothing behind, and one that reads the very file it writes to comes to its end. The target is locked
 * meanwhile, and cut back to what it was if not all could be written. */
#include "record.h"
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

struct store {
    int         folder;
    const char *path;                       /* of the folder, for messages */
};

struct stream {
    struct store *store;
    char         *name;                     /* of the file */
    int           waiting;                  /* lines not written yet; -1: none */
    struct record lines;                    /* being made */
};

static spl_status fail(spl_call *call, const struct stream *stream, const char *what, int number)
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
static spl_status refuse(spl_call *call, const char *what, const char *name, const char *why)
{
    char shown[64], text[200];
    int  size = snprintf(shown, sizeof shown, "%s", name);

    for (int i = 0; i < size && shown[i]; i++)
        if ((unsigned char)shown[i] < 0x20 || shown[i] == 0x7f)
            shown[i] = '?';
    snprintf(text, sizeof text, "the %s '%s' cannot be the name of a file: %s", what, shown, why);
    return spl_call_fail(call, text);
}

static spl_status begin(spl_call *call, void *host, const spl_target *target, void **state)
{
    const char    *given = target->file ? target->file : target->index, *wrong = is_wrong(given);
    struct stream *stream;
    size_t         size = strlen(given);

    if (wrong)
        return refuse(call, target->file ? "file" : "index", given, wrong);
    stream = spl_call_memory(call, sizeof *stream);
    if (!stream || !(stream->name = spl_call_memory(call, size + sizeof ".ndjson")))
        return spl_call_fail(call, "out of memory");
    stream->store = host;
    stream->waiting = -1;
    stream->lines = (struct record){ 0 };
    memcpy(stream->name, given, size + 1);
    if (!target->file)
        strcpy(stream->name + size, ".ndjson");
    *state = stream;
    return SPL_OK;
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

static bool write_all(int file, const char *at, size_t size)
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

static spl_status write_rows(spl_call *call, void *host, void *state, const spl_batch *rows)
{
    struct stream *stream = state;

    (void)host;
    if (stream->waiting < 0 && (stream->waiting = open_nameless(stream->store->folder)) < 0)
        return fail(call, stream, "cannot write to", errno);
    stream->lines.size = 0;
    for (size_t row = 0; row < spl_batch_rows(rows); row++)
        if (!record_row(&stream->lines, rows, row))
            return spl_call_fail(call, "out of memory");
    if (!write_all(stream->waiting, stream->lines.at, stream->lines.size))
        return fail(call, stream, "cannot write to", errno);
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
        if (got < 0 || !write_all(to, piece, (size_t)got))
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
    return last == '\n' || write_all(file, "\n", 1);
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
    if (stream->waiting < 0)
        return SPL_OK;
    if ((file = open_target(stream, &size)) < 0)
        return errno == ELOOP ? refuse(call, "index or file", stream->name, "there is a symbolic link of that name")
                              : fail(call, stream, "cannot write to", errno);
    if (!end_line(file, size) || !copy_all(stream->waiting, file)) {
        number = errno;
        if (ftruncate(file, size) != 0)
            number = errno;
    }
    if (close(file) != 0 && number == 0)
        number = errno;
    return number ? fail(call, stream, "cannot write to", number) : SPL_OK;
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
    spl_sink      sink = { .size = sizeof sink, .stores = SPL_EVENTS | SPL_METRICS, .begin = begin, .write = write_rows,
                           .finish = finish, .close = close_stream, .host = store, .drop = drop };

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
