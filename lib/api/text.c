#include "api/handles.h"

/* Before every text handed out: whose memory it is, so that spl_free needs no engine.
 * These texts are not counted: they may outlive every handle. */
struct text_head {
    heap_fn resize;
    void   *host;
    size_t  size;                       /* all of it */
};

char *text_new(struct heap *heap, str text)
{
    size_t            size = sizeof(struct text_head) + text.size + 1;
    struct text_head *head = heap->resize(heap->host, NULL, 0, size);
    char             *bytes;

    if (!head)
        return NULL;
    *head = (struct text_head){ heap->resize, heap->host, size };
    bytes = (char *)(head + 1);
    if (text.size)
        memcpy(bytes, text.at, text.size);
    bytes[text.size] = 0;
    return bytes;
}

char *text_take(struct buf *buf)
{
    char *text = buf_status(buf) == OK ? text_new(buf->heap, buf_str(buf)) : NULL;

    buf_free(buf);
    return text;
}

void spl_free(char *text)
{
    struct text_head *head;

    if (!text)
        return;
    head = (struct text_head *)(void *)text - 1;
    head->resize(head->host, head, head->size, 0);
}
