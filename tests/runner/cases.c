#include "cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const NAMES[SECTIONS] = { "options", "query", "input",  "output", "error",
                                             "warnings", "notes", "stored", "then" };

static char *append(char *text, const char *line, size_t size)
{
    size_t before = text ? strlen(text) : 0;
    char  *grown = realloc(text, before + size + 2);

    if (!grown)
        exit(3);
    memcpy(grown + before, line, size);
    grown[before + size] = '\n';
    grown[before + size + 1] = 0;
    return grown;
}

static int section_named(const char *line, size_t size)
{
    for (int i = 0; i < SECTIONS; i++)
        if (strlen(NAMES[i]) == size && memcmp(NAMES[i], line, size) == 0)
            return i;
    return -1;
}

/* "table NAME", "file NAME", "app NAME/PATH": the name, NULL if it is none of them. */
static const char *table_named(const char *line, enum place *place)
{
    static const char *const words[] = { [BY_NAME] = "table ", [IN_FOLDER] = "file ", [IN_APP] = "app " };

    for (int i = BY_NAME; i <= IN_APP; i++) {
        *place = (enum place)i;
        if (strncmp(line, words[i], strlen(words[i])) == 0)
            return line + strlen(words[i]);
    }
    return NULL;
}

static char **add_table(struct test_case *now, const char *line)
{
    struct test_table *table = &now->table[now->tables++];

    table->name = strdup(table_named(line, &table->place));
    table->text = strdup("");
    return &table->text;
}

static struct test_case *add_case(struct test_file *file, const char *path, size_t line)
{
    file->item = realloc(file->item, (file->count + 1) * sizeof *file->item);
    if (!file->item)
        exit(3);
    file->item[file->count] = (struct test_case){ .file = strdup(path), .line = line };
    return &file->item[file->count++];
}

static int bad(const char *path, size_t line, const char *why)
{
    fprintf(stderr, "%s:%zu: %s\n", path, line, why);
    return -1;
}

int cases_read(const char *path, struct test_file *out)
{
    FILE             *in = fopen(path, "rb");
    char             *line = NULL;
    size_t            room = 0, number = 0;
    ssize_t           size;
    struct test_case *now = NULL;
    int               section = -1, faults = 0;
    char            **into = NULL;      /* the text of the section */
    char             *title = NULL;

    *out = (struct test_file){ NULL, 0 };
    if (!in)
        return bad(path, 0, "cannot be opened");
    while ((size = getline(&line, &room, in)) >= 0) {
        number++;
        while (size && (line[size - 1] == '\n'))
            size--;
        if (size == 0) {
            if (section == IN_QUERY || section < 0 || now == NULL || !now->text[IN_QUERY])
                continue;
            section = -1;
        } else if (line[0] == '#') {
            if (section >= 0 && now && now->text[IN_QUERY])
                now = NULL;
            free(title);
            title = strndup(line + 1 + (line[1] == ' '), (size_t)size - 1 - (line[1] == ' '));
            section = -1;
            now = NULL;
        } else if (line[0] != ' ') {
            int next, is_table;
            enum place place;
            line[size] = 0;
            is_table = table_named(line, &place) != NULL;
            next = is_table ? IN_OPTIONS : section_named(line, (size_t)size);
            if (next < 0 || (is_table && now && now->tables == TABLES)) {
                faults += bad(path, number, "no such section");
                continue;
            }
            if (!now || (now->text[next] && !is_table) || (next == IN_OPTIONS && now->text[IN_QUERY])) {
                now = add_case(out, path, number);
                now->title = title ? strdup(title) : NULL;
            }
            section = next;
            if (is_table) {
                into = add_table(now, line);
                continue;
            }
            into = &now->text[section];
            *into = append(NULL, "", 0);
            (*into)[0] = 0;
        } else if (section >= 0 && now) {
            *into = append(*into, line + (size > 1 ? 2 : 1), (size_t)size - (size > 1 ? 2 : 1));
        } else {
            faults += bad(path, number, "text outside a section");
        }
    }
    free(line);
    free(title);
    fclose(in);
    for (size_t i = 0; i < out->count; i++)
        if (!out->item[i].text[IN_QUERY])
            faults += bad(path, out->item[i].line, "a case without a query");
        else if (!out->item[i].text[IN_OUTPUT] && !out->item[i].text[IN_ERROR])
            faults += bad(path, out->item[i].line, "a case that expects nothing");
    return faults ? -1 : 0;
}

void cases_free(struct test_file *file)
{
    for (size_t i = 0; i < file->count; i++) {
        free(file->item[i].title);
        free(file->item[i].file);
        for (int j = 0; j < SECTIONS; j++)
            free(file->item[i].text[j]);
        for (size_t j = 0; j < file->item[i].tables; j++) {
            free(file->item[i].table[j].name);
            free(file->item[i].table[j].text);
        }
    }
    free(file->item);
}
