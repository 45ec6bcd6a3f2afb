/* Folders of apps: what they define, what is told of them, and every allocation failing once. */
#include "check.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[64] = "/tmp/spl-apps-XXXXXX";

static const char *path_of(const char *name)
{
    static char path[4][200];
    static int  next;

    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s/%s", top, name);
    return path[next];
}

static void put(const char *name, const char *text)
{
    char *path = strdup(path_of(name));
    FILE *file;

    for (char *at = path + strlen(top) + 1; (at = strchr(at, '/')); at++) {
        *at = 0;
        mkdir(path, 0700);
        *at = '/';
    }
    file = fopen(path, "wb");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        exit(3);
    free(path);
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about, (void)kind, (void)where;
    return remove(path);
}

static void make_apps(void)
{
    put("one/default/macros.conf", "[m(1)]\nargs = x\ndefinition = a=$x$\n[e(1)]\nargs=n\niseval=1\ndefinition=\"a=\".n\n"
        "validation=len(n)>0\nerrormsg=none\n[some_filter]\ndefinition = search a>1\nodd line\n");
    put("one/default/eventtypes.conf", "[t]\nsearch = a=2 \\\nOR a=3\npriority = 2\n[u]\nsearch = eventtype=t\n");
    put("one/default/tags.conf", "[eventtype=t]\nx = enabled\n[a=%32]\ny = 1\n");
    put("one/default/savedsearches.conf", "[good]\nsearch = search tag=x `m(2)`\n[bad]\nsearch = search a=1 | nosuch\n[none]\n");
    put("one/default/transforms.conf", "[l]\nfilename = l.csv\nmatch_type = WILDCARD(k)\nmax_matches = none\n"
        "[k]\ncollection = c\n[p]\nexternal_cmd = x.py\n[late]\nfilename = l.csv\nmin_offset_secs = 5\nmax_offset_secs = 1\n");
    put("one/default/collections.conf", "[c]\nfield.k = string\nfield.v = number\n");
    put("one/lookups/l.csv", "k,v\n2*,two\n");
    put("one/lookups/m.csv.default", "k,v\n1,one\n");
    put("one/lookups/note.txt", "no table");
    put("two/local/macros.conf", "[m(1)]\nargs = x\ndefinition = a>$x$\n");
    mkdir(path_of("empty"), 0700);
    put("file", "");
    put("large/default/macros.conf", "");
    if (truncate(path_of("large/default/macros.conf"), (64 << 20) + 1) != 0)
        exit(3);
}

static const char events[] = "{\"a\":1}\n{\"a\":2}\n{\"a\":3}\n";

static void answers(void)
{
    spl_engine *engine;
    spl_error  *warnings = NULL;
    char       *rows, *text;

    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    CHECK(spl_engine_add_app(engine, path_of("one"), &warnings, NULL) == SPL_OK);
    CHECK(spl_error_status(warnings) == SPL_OK && spl_error_count(warnings) == 3);
    text = spl_error_render(warnings, 0);
    CHECK_TEXT(text,
        "warning: default/macros.conf:12: neither a stanza nor a setting: 'odd line'\n"
        "warning: default/transforms.conf:4: [l] 'max_matches' of a lookup wants a whole number from 1 to 1000, not 'none'\n"
        "warning: default/transforms.conf:9: [late] has a min_offset_secs above its max_offset_secs: neither counts\n");
    spl_free(text);
    spl_error_free(warnings);
    rows = check_query(engine, "search tag=x `m(2)` | `some_filter` | lookup l k AS a | lookup m.csv k AS a OUTPUT v AS w "
                       "| lookup k k AS a OUTPUT v AS u | table a v w u", events, NULL);
    CHECK_TEXT(rows, "{\"a\":2,\"v\":\"two\"}\n");
    free(rows);
    CHECK(spl_engine_add_app(engine, path_of("two"), &warnings, NULL) == SPL_OK && !warnings);
    rows = check_query(engine, "search `m(2)` | table a", events, NULL);
    CHECK_TEXT(rows, "{\"a\":3}\n");
    free(rows);
    spl_engine_free(engine);
}

static void refused(const char *name, const char *why)
{
    spl_engine *engine;
    spl_error  *err = NULL;

    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    CHECK(spl_engine_add_app(engine, path_of(name), NULL, &err) < 0);
    CHECK(strstr(spl_error_message(err, 0), why) != NULL);
    spl_error_free(err);
    spl_engine_free(engine);
}

/* Saved searches as rules: one compiles, one does not; a stanza without a search is none. */
static void rules(void)
{
    spl_engine *engine;
    spl_rules  *set;

    CHECK(spl_engine_new(NULL, &engine) == SPL_OK);
    CHECK(spl_engine_add_app(engine, path_of("one"), NULL, NULL) == SPL_OK);
    CHECK(spl_rules_new(engine, &set, NULL) == SPL_OK);
    CHECK(spl_rules_add_saved(set, NULL) == SPL_OK);
    CHECK(spl_rules_count(set) == 2);
    CHECK_TEXT(spl_rule_id(spl_rules_get(set, 0)), "good");
    CHECK(spl_rule_state(spl_rules_get(set, 0)) == SPL_RULE_READY);
    CHECK(spl_rule_state(spl_rules_get(set, 1)) == SPL_RULE_REFUSED);
    spl_rules_free(set);
    spl_engine_free(engine);
}

/* One try with so many allocations. */
static spl_status attempt(struct counter *counter)
{
    spl_allocator memory = counter_allocator(counter);
    spl_engine   *engine = NULL;
    spl_rules    *set = NULL;
    spl_error    *warnings = NULL, *err = NULL;
    spl_status    status = spl_engine_new(&memory, &engine);

    if (status >= 0)
        status = spl_engine_add_app(engine, path_of("one"), &warnings, &err);
    if (status >= 0)
        status = spl_engine_add_app(engine, path_of("two"), NULL, &err);
    if (status >= 0)
        status = spl_rules_new(engine, &set, &err);
    if (status >= 0)
        status = spl_rules_add_saved(set, &err);
    if (status < 0 && engine)
        CHECK(status == SPL_FAIL_MEMORY && spl_error_status(err) == SPL_FAIL_MEMORY);
    spl_error_free(warnings);
    spl_error_free(err);
    spl_rules_free(set);
    spl_engine_free(engine);
    return status;
}

static void out_of_memory(void)
{
    struct counter counter = { .budget = -1 };
    long           calls;

    CHECK(attempt(&counter) == SPL_OK && counter.blocks == 0 && counter.bytes == 0);
    calls = counter.calls;
    for (long budget = 1; budget <= calls; budget++) {
        counter = (struct counter){ .budget = budget };
        attempt(&counter);              /* without memory for a warning that warning is lost, and nothing else */
        CHECK(counter.blocks == 0 && counter.bytes == 0);
    }
}

int main(void)
{
    if (!mkdtemp(top))
        return 3;
    make_apps();
    answers();
    rules();
    refused("nosuch", "no folder of an app");
    refused("empty", "no folder of an app");
    refused("file", "no folder of an app");
    refused("large", "larger than 64 MiB");
    out_of_memory();
    nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    return check_done();
}
