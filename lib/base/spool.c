#include "base/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATH_ROOM = 4096, PIECE_MOST = 1 << 30 };

void spool_init(struct spool *spool, const char *folder, struct diag *diag)
{
    *spool = (struct spool){ .folder = folder, .diag = diag, .file = -1 };
}

void spool_free(struct spool *spool)
{
    if (spool->folder && spool->file >= 0)
        close(spool->file);
    spool_init(spool, spool->folder, spool->diag);
}

/* Words of our own: those of the C library depend on the locale. */
static const char *reason(int error)
{
    switch (error) {
    case ENOSPC: case EDQUOT: return "no space is left there";
    case EFBIG:               return "files may not grow so large";
    case ENAMETOOLONG:        return "the name of the folder is too long";
    case ENOENT: case ENOTDIR: return "there is no such folder";
    case EACCES: case EPERM: case EROFS: return "it may not be written to";
    case EMFILE: case ENFILE: return "too many files are open";
    default:                  return "the system refused";
    }
}

static status fail(const struct spool *spool, const char *what, int error)
{
    struct span nowhere = { 0, 0 };

    return diag_at(spool->diag, FAIL_IO, nowhere, "temporary-files", "cannot %s temporary files in '%s': %s (%d)",
                   what, spool->folder, reason(error), error);
}

/* Where files without a name are not to be had, one is made and its name taken away at once. */
static int make_named(const char *folder)
{
    char path[PATH_ROOM];
    int  size = snprintf(path, sizeof path, "%s/spl-XXXXXX", folder), file;

    if (size < 0 || (size_t)size >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    file = mkstemp(path);
    if (file < 0)
        return -1;
    unlink(path);
    fcntl(file, F_SETFD, FD_CLOEXEC);
    return file;
}

static status make(struct spool *spool)
{
#ifdef O_TMPFILE
    spool->file = open(spool->folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (spool->file >= 0)
        return OK;
#endif
    spool->file = make_named(spool->folder);
    return spool->file >= 0 ? OK : fail(spool, "make", errno);
}

status spool_put(struct spool *spool, str bytes, uint64_t *place)
{
    size_t done = 0;

    if (!spool->folder)
        return FAIL_MISUSE;
    if (spool->file < 0)
        TRY(make(spool));
    while (done < bytes.size) {
        size_t  left = bytes.size - done;
        ssize_t got = pwrite(spool->file, bytes.at + done, left < PIECE_MOST ? left : PIECE_MOST,
                             (off_t)(spool->size + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return fail(spool, "write", got < 0 ? errno : ENOSPC);
        done += (size_t)got;
    }
    if (place)
        *place = spool->size;
    spool->size += bytes.size;
    return OK;
}

status spool_get(const struct spool *spool, uint64_t place, void *to, size_t size)
{
    size_t done = 0;

    while (done < size) {
        size_t  left = size - done;
        ssize_t got = pread(spool->file, (char *)to + done, left < PIECE_MOST ? left : PIECE_MOST,
                            (off_t)(place + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return fail(spool, "read", got < 0 ? errno : EIO);
        done += (size_t)got;
    }
    return OK;
}
