#include <stdio.h>
#include <string.h>

#include "app/bench.h"
#include "app/bench_baseline.h"
#include "app/bench_crossings.h"
#include "app/opts.h"
#include "base/file.h"

static const struct lw_opt table[] = {
    {"json", LW_OPT_FLAG, offsetof(struct lw_bench_opts, json), NULL, 0, 0,
     "Print one JSON object a line."},
    {"photos", LW_OPT_STRING, offsetof(struct lw_bench_opts, photos), "DIR", 0, 0,
     "Take the face from the first picture here that shows one (default: the sample pictures)."},
    {"data", LW_OPT_STRING, offsetof(struct lw_bench_opts, data), "DIR", 0, 0,
     "Bundles with truth for `crossings` (default: eight vehicles drawn from the sample "
     "pictures)."},
    {"document", LW_OPT_STRING, offsetof(struct lw_bench_opts, document), "DIR", 0, 0,
     "Folder of chip files for `doc_check` (default: that is left out)."},
    {"trust", LW_OPT_LIST, offsetof(struct lw_bench_opts, trust), "FILE|DIR", 0, 0,
     "Whom to believe there (default: nobody)."},
    {"baseline", LW_OPT_STRING, offsetof(struct lw_bench_opts, baseline), "FILE", 0, 0,
     "Show the ratios of an earlier run beside these (bench/baseline.csv)."},
    {"seconds", LW_OPT_REAL, offsetof(struct lw_bench_opts, seconds), "S", 0.01, 600,
     "Time for each stage (default 2)."},
    LW_APP_MODEL_OPTS(struct lw_bench_opts, models)};

static const struct lw_usage usage = {
    .command = "bench",
    .synopsis = "lanewise bench [NAME]... [--json] [--photos DIR] [--seconds S]",
    .about =
        "How long each stage takes, beside a named peer where there is one. Stage and peer are\n"
        "timed in turns, after a warm-up; median and 95th percentile of one call are printed.\n"
        "Names: decode decode_small detect_640 detect_1080 landmarks align embed compare\n"
        "similarity similarity_all store_close store_sustained portrait doc_check crossings; "
        "without\n"
        "a name all of them. One thread, but for similarity_all and crossings, one for each CPU, "
        "and\n"
        "store_sustained: 32 that close crossings. The stores lie in $TMPDIR, on the disk that is\n"
        "measured.\n"
        "\n"
        "portrait, doc_check: decoded in a process that can reach nothing, beside the same in "
        "this\n"
        "process.\n"
        "\n"
        "crossings: whole vehicles, each answered by us and by a plain peer in turns. CPU time,\n"
        "completeness and verification of both, how fast three cameras are followed, and how\n"
        "long after the last frame the answer comes.",
    .examples = "  lanewise bench\n"
                "  lanewise bench embed similarity --json\n"
                "  lanewise bench crossings --data bundles",
    .exit_codes = "  0  measured\n"
                  "  2  a name is unknown, or the networks cannot be opened",
    .min_args = 0,
    .max_args = 32,
};

struct session {
    const struct lw_bench_opts *opts;
    char **names; /* asked for */
    int n_names;
    bool *known; /* one for each name */
    struct lw_baseline baseline;
    struct lw_strbuf out;
    bool headed; /* the table has its head */
};

static bool wanted(struct session *s, const char *name)
{
    bool found = s->n_names == 0;
    for (int i = 0; i < s->n_names; i++)
        if (strcmp(s->names[i], name) == 0)
            found = s->known[i] = true;
    return found;
}

static bool any_wanted(struct session *s, const char *const *names)
{
    bool any = false;
    for (; *names; names++)
        any |= wanted(s, *names);
    return any;
}

static void flush_out(struct session *s)
{
    fputs(lw_strbuf_peek(&s->out), stdout);
    fflush(stdout);
    lw_strbuf_clear(&s->out);
}

static int run_suite(struct session *s, struct lw_bench_suite suite, struct lw_why *why)
{
    for (size_t i = 0; i < suite.n; i++) {
        const struct lw_bench_case *c = &suite.cases[i];
        struct lw_bench_result result;
        if (!wanted(s, c->name))
            continue;
        int r = lw_bench_measure(&result, c, suite.ctx, s->opts->seconds, why);
        if (r < 0) {
            lw_why_prefix(why, "%s", c->name);
            return r;
        }
        if (c->theirs)
            result.baseline = lw_baseline_ratio(&s->baseline, c->name, c->peer);
        if (s->opts->json)
            lw_bench_put_json(&s->out, c, &result);
        else
            lw_bench_put_row(&s->out, c, &result);
        flush_out(s);
    }
    return LW_OK;
}

static void put_head(struct session *s)
{
    if (!s->opts->json && !s->headed)
        lw_bench_put_head(&s->out);
    s->headed = true;
}

static const char *const face_names[] = {"decode",      "decode_small", "detect_640",
                                         "detect_1080", "landmarks",    "align",
                                         "embed",       "compare",      NULL};
static const char *const similarity_names[] = {"similarity", "similarity_all", NULL};
static const char *const store_names[] = {"store_close", "store_sustained", NULL};
static const char *const decoder_names[] = {"portrait", "doc_check", NULL};

static int run_faces(struct session *s, struct lw_why *why)
{
    LW_AUTO(lw_bench_face) f = NULL;
    int r = lw_bench_face_new(&f, s->opts, why);
    if (r < 0)
        return r;
    if (!s->opts->json)
        lw_strbuf_printf(&s->out, "picture: %s\n\n", lw_bench_face_picture(f));
    put_head(s);
    return run_suite(s, lw_bench_face_suite(f), why);
}

static int run_similarity(struct session *s, struct lw_why *why)
{
    LW_AUTO(lw_bench_similarity) sim = NULL;
    int r = lw_bench_similarity_new(&sim, why);
    if (r < 0)
        return r;
    put_head(s);
    return run_suite(s, lw_bench_similarity_suite(sim), why);
}

static int run_decoder(struct session *s, struct lw_why *why)
{
    LW_AUTO(lw_bench_decoder) b = NULL;
    int r = lw_bench_decoder_new(&b, s->opts, why);
    if (r < 0)
        return r;
    put_head(s);
    return run_suite(s, lw_bench_decoder_suite(b), why);
}

/* Without sample pictures there is nothing to draw people from: only who asks for it by name is
 * refused. */
static int run_crossings(struct session *s, struct lw_why *why)
{
    struct lw_bench_crossings c;
    int r = lw_bench_crossings_run(&c, s->opts, why);
    if (r == LW_ENOTFOUND && s->n_names == 0 && !s->opts->data) {
        fprintf(stderr, "lanewise: crossings left out: %s\n", why->text);
        return LW_OK;
    }
    if (r < 0) {
        lw_why_prefix(why, "crossings");
        return r;
    }
    if (s->opts->json)
        lw_bench_crossings_put_json(&s->out, &c);
    else
        lw_bench_crossings_put_text(&s->out, &c);
    flush_out(s);
    return LW_OK;
}

static int run_store(struct session *s, struct lw_why *why)
{
    LW_AUTO(lw_bench_store) store = NULL;
    int r = lw_bench_store_new(&store, why);
    if (r < 0)
        return r;
    put_head(s);
    return run_suite(s, lw_bench_store_suite(store), why);
}

static int read_baseline(struct session *s, struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) data = NULL;
    size_t n;
    if (!s->opts->baseline)
        return LW_OK;
    int r = lw_file_read(s->opts->baseline, LW_MIB, &data, &n, why);
    if (r >= 0)
        r = lw_baseline_parse(&s->baseline, (struct lw_span){.data = data, .n = n}, why);
    if (r < 0)
        lw_why_prefix(why, "%s", s->opts->baseline);
    return r;
}

static int run_all(struct session *s, struct lw_why *why)
{
    const bool faces = any_wanted(s, face_names), similarity = any_wanted(s, similarity_names),
               store = any_wanted(s, store_names), decoder = any_wanted(s, decoder_names),
               crossings = wanted(s, "crossings");
    for (int i = 0; i < s->n_names; i++)
        if (!s->known[i])
            return lw_why_set(why, LW_EINVAL, -1, "bench has no \"%.40s\"", s->names[i]);
    int r = read_baseline(s, why);
    if (r == LW_OK && faces)
        r = run_faces(s, why);
    if (r == LW_OK && similarity)
        r = run_similarity(s, why);
    if (r == LW_OK && store)
        r = run_store(s, why);
    if (r == LW_OK && decoder)
        r = run_decoder(s, why);
    if (r == LW_OK && crossings)
        r = run_crossings(s, why);
    return r;
}

int lw_cmd_bench(int argc, char **argv)
{
    struct lw_bench_opts opts = {.seconds = 2};
    struct lw_why why;
    bool known[32] = {false};
    int n_args = 0;
    int r = lw_opts_parse(&usage, table, LW_COUNT(table), &opts, argc, argv, &n_args);
    if (r != LW_OK)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    struct session s = {.opts = &opts, .names = argv + 1, .n_names = n_args, .known = known};
    r = run_all(&s, &why);
    lw_strbuf_clear(&s.out);
    return r < 0 ? lw_app_fault(NULL, &why) : LW_EXIT_OK;
}
