#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/eval_run.h"
#include "base/file.h"
#include "base/json.h"
#include "base/parallel.h"
#include "eval/folds.h"
#include "eval/pairs.h"

static const struct lw_opt table[] = {
    {"images", LW_OPT_STRING, offsetof(struct lw_eval_opts, images), "DIR", 0, 0,
     "Folder that the names in the list are relative to (default: the list's own)."},
    LW_EVAL_OPTS};

static const struct lw_usage usage = {
    .command = "eval pairs",
    .synopsis = "lanewise eval pairs PAIRS.csv [--images DIR] --out DIR [--threads N]",
    .about = "Compare the pairs of pictures that a list names (file_x,file_y,same) and report how\n"
             "often one person was missed and two were taken for one: summary.json, report.html\n"
             "and scores.csv. Each picture is processed once. A picture without a face is a\n"
             "failure to acquire: its comparisons count as non-matches.",
    .examples = "  lanewise eval pairs pairs.csv --images lfw/ --out out/lfw",
    .exit_codes = "  0  measured\n"
                  "  2  the list or a picture cannot be read, or the results cannot be written",
    .min_args = 1,
    .max_args = 1,
};

struct comparing {
    const struct lw_pairs *pairs;
    const struct lw_photos *photos;
    struct lw_matcher *matcher;
    float *score; /* NaN: a face was not acquired */
};

enum { PAIRS_PER_PIECE = 4096 };

static int compare_piece(void *ctx, size_t piece, unsigned worker)
{
    const struct comparing *c = ctx;
    size_t end = (piece + 1) * PAIRS_PER_PIECE;
    LW_UNUSED(worker);
    for (size_t i = piece * PAIRS_PER_PIECE; i < end && i < c->pairs->n; i++) {
        const struct lw_template *x = c->photos->v[c->pairs->v[i].x].tmpl;
        const struct lw_template *y = c->photos->v[c->pairs->v[i].y].tmpl;
        int r = x && y ? lw_matcher_compare(c->matcher, x, y, &c->score[i], NULL) : LW_OK;
        if (r < 0)
            return r;
    }
    return LW_OK;
}

static int compare_pairs(const struct lw_eval_run *run, const struct lw_pairs *pairs, float *score)
{
    struct comparing c = {pairs, run->photos, lw_facekit_matcher(run->kit), score};
    for (size_t i = 0; i < pairs->n; i++)
        score[i] = NAN;
    return lw_parallel((pairs->n + PAIRS_PER_PIECE - 1) / PAIRS_PER_PIECE, run->threads,
                       compare_piece, &c);
}

static int sort_scores(struct lw_scores *s, const struct lw_pairs *pairs, const float *score)
{
    s->matches = calloc(pairs->n + 1, sizeof(*s->matches));
    s->top = calloc(pairs->n + 1, sizeof(*s->top));
    if (!s->matches || !s->top)
        return LW_ENOMEM;
    for (size_t i = 0; i < pairs->n; i++) {
        const struct lw_comparison c = {score[i], (uint32_t)i, (uint32_t)i};
        *(pairs->v[i].same ? &s->genuine : &s->impostor) += 1;
        if (isnan(score[i]))
            continue;
        if (pairs->v[i].same)
            s->matches[s->n_genuine++] = c;
        else
            s->top[s->n_top++] = c;
    }
    int r = lw_comparisons_sort(s->matches, s->n_genuine);
    return r < 0 ? r : lw_comparisons_sort(s->top, s->n_top);
}

/* Each comparison is a unit of its own. */
static int estimate(struct lw_eval_run *run, const struct lw_pairs *pairs)
{
    struct lw_estimate_opts opts = LW_ESTIMATE_DEFAULTS;
    LW_AUTO_MEM(uint32_t) memory = calloc(3 * pairs->n, sizeof(*memory));
    if (!memory)
        return LW_ENOMEM;
    uint32_t *of_item = memory, *genuine = memory + pairs->n, *impostor = memory + 2 * pairs->n;
    for (size_t i = 0; i < pairs->n; i++) {
        of_item[i] = (uint32_t)i;
        genuine[i] = pairs->v[i].same;
        impostor[i] = !pairs->v[i].same;
    }
    const struct lw_units units = {.n = pairs->n,
                                   .n_items = pairs->n,
                                   .of_item = of_item,
                                   .genuine = genuine,
                                   .impostor = impostor};
    opts.threads = run->threads;
    return lw_estimate(&run->result.est, &run->scores, &units, &opts);
}

static int measure_accuracy(struct lw_eval_run *run, const struct lw_pairs *pairs,
                            const float *score)
{
    LW_AUTO_MEM(struct lw_trial) t = calloc(pairs->n, sizeof(*t));
    if (!t)
        return LW_ENOMEM;
    for (size_t i = 0; i < pairs->n; i++) /* fold k begins at floor(k n / 10) */
        t[i] = (struct lw_trial){isnan(score[i]) ? -INFINITY : score[i], pairs->v[i].same,
                                 (uint8_t)((LW_FOLDS * (i + 1) - 1) / pairs->n)};
    run->result.accuracy = lw_accuracy_10fold(t, pairs->n);
    return LW_OK;
}

static int measure(struct lw_eval_run *run, const struct lw_pairs *pairs, float *score,
                   struct lw_why *why)
{
    int r = compare_pairs(run, pairs, score);
    if (r < 0 || (r = sort_scores(&run->scores, pairs, score)) < 0 ||
        (r = measure_accuracy(run, pairs, score)) < 0 || (r = estimate(run, pairs)) < 0)
        return lw_why_set(why, r, -1, "the pairs cannot be compared: %s", lw_err_name(r));
    run->result.scores = &run->scores;
    return LW_OK;
}

static void print_scores(struct lw_strbuf *b, const struct lw_pairs *pairs, const float *score)
{
    lw_strbuf_puts(b, "file_x,file_y,same,score\n");
    for (size_t i = 0; i < pairs->n; i++) {
        lw_csv_put(b, pairs->files[pairs->v[i].x]);
        lw_strbuf_putc(b, ',');
        lw_csv_put(b, pairs->files[pairs->v[i].y]);
        lw_strbuf_puts(b, pairs->v[i].same ? ",1," : ",0,");
        if (!isnan(score[i]))
            lw_json_put_float(b, score[i]);
        lw_strbuf_putc(b, '\n');
    }
}

/* Where a name of the list is: relative to --images or to the list's folder. */
static char *locate(const struct lw_eval_opts *opts, const char *list, const char *name)
{
    char *path;
    const char *slash = strrchr(list, '/');
    if (*name == '/')
        return strdup(name);
    int n = opts->images
                ? asprintf(&path, "%s/%s", opts->images, name)
                : asprintf(&path, "%.*s%s", slash ? (int)(slash - list + 1) : 0, list, name);
    return n < 0 ? NULL : path;
}

static void blame_line(struct lw_why *why, const char *list, const struct lw_pairs *pairs, size_t i)
{
    lw_why_prefix(why, "%s: line %u", list, pairs->first_line[i]);
}

/* The pictures of the list; a missing one is named before any work is done. */
static int list_photos(struct lw_eval_run *run, const char *list, const struct lw_pairs *pairs,
                       struct lw_why *why)
{
    if (lw_photos_new(&run->photos, pairs->n_files) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    for (size_t i = 0; i < pairs->n_files; i++) {
        struct lw_photo *photo = &run->photos->v[i];
        photo->name = strdup(pairs->files[i]);
        photo->path = locate(run->opts, list, pairs->files[i]);
        if (!photo->name || !photo->path)
            return lw_why_set(why, LW_ENOMEM, -1, "no memory");
        if (access(photo->path, R_OK) < 0) {
            lw_why_set(why, LW_ENOTFOUND, -1, "%s: cannot be opened: %s", photo->path,
                       strerror(errno));
            blame_line(why, list, pairs, i);
            return LW_ENOTFOUND;
        }
    }
    return LW_OK;
}

static int read_list(struct lw_pairs **pairs, const char *path, struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) data = NULL;
    size_t n;
    int r = lw_file_read(path, LW_PAIRS_BYTES_MAX, &data, &n, why);
    if (r == LW_OK)
        r = lw_pairs_parse(pairs, (struct lw_span){.data = data, .n = n}, why);
    if (r < 0)
        lw_why_prefix(why, "%s", path);
    return r;
}

struct naming {
    const struct lw_pairs *pairs;
    const struct lw_photos *photos;
};

static struct lw_shown show(const void *ctx, const struct lw_comparison *c)
{
    const struct naming *n = ctx;
    const struct lw_photo *x = &n->photos->v[n->pairs->v[c->a].x];
    const struct lw_photo *y = &n->photos->v[n->pairs->v[c->a].y];
    return (struct lw_shown){x->name, y->name, x->path, y->path};
}

static int evaluate(struct lw_eval_run *run, const char *list, struct lw_why *why)
{
    LW_AUTO(lw_pairs) pairs = NULL;
    LW_AUTO_STRBUF csv = LW_STRBUF_INIT;
    int r = read_list(&pairs, list, why);
    if (r < 0 || (r = list_photos(run, list, pairs, why)) < 0)
        return r;
    LW_AUTO_MEM(float) score = calloc(pairs->n, sizeof(*score));
    if (!score)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    r = lw_eval_extract(run, why);
    if (r < 0) {
        if (run->photos->failed_at != SIZE_MAX)
            blame_line(why, list, pairs, run->photos->failed_at);
        return r;
    }
    if ((r = measure(run, pairs, score, why)) < 0)
        return r;
    print_scores(&csv, pairs, score);
    const struct naming naming = {pairs, run->photos};
    struct lw_verification_story story = {
        .title = "Pairs of pictures",
        .folds = "tenths of the list, in order",
        .intervals = "comparisons drawn with replacement, 500 times, the threshold found anew each "
                     "time (95 % percentiles), as if each were independent of the others; for "
                     "counts never narrower than Wilson's interval",
        .shown = show,
        .ctx = &naming,
    };
    return lw_eval_write(run, &story, "scores.csv", &csv, why);
}

int lw_cmd_eval_pairs(int argc, char **argv)
{
    struct lw_eval_opts opts = {0};
    struct lw_eval_run run;
    struct lw_why why;
    int code = lw_eval_begin(&run, &opts, &usage, table, LW_COUNT(table), argc, argv);
    if (code < 0) {
        int r = evaluate(&run, argv[1], &why);
        code = r < 0 ? lw_app_fault(NULL, &why) : LW_EXIT_OK;
    }
    lw_eval_end(&run);
    return code;
}
