#include "eval/references.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/parallel.h"
#include "base/rng.h"
#include "face/reference.h"

enum { REPLICATES = 500, MOST_MAX = 8 };

const double lw_reference_fmrs[LW_REFERENCE_FMRS] = {0.01, 0.001, 0.0001};

const char *lw_reference_rule_name(enum lw_reference_rule rule)
{
    static const char *const names[LW_REFERENCE_RULES] = {"portrait", "mean", "fused", "best"};
    return names[rule];
}

/* One claim: which items it is made of, the portrait first. */
struct claim {
    uint32_t person;
    uint32_t part[1 + MOST_MAX];
};

/* A wrong answer: somebody of `probe` passed as `claimed`, or was missed as themselves. */
struct wrong {
    uint32_t claimed, probe;
    uint8_t rule, fmr;
};

struct share { /* of one thread */
    size_t n, cap, unlike;
    struct wrong *v;
    char pad[64];
};

struct measuring {
    const struct lw_reference_item *items;
    size_t n, people, earlier;
    struct lw_matcher *m;
    float agree, threshold[LW_REFERENCE_FMRS];
    size_t n_claims;
    struct claim *claims;
    uint32_t
        *trials; /* people x people: how often probes of the second tried claims of the first */
    struct share *shares;
    unsigned threads;
};

/* --- claims --- */

/* The items of one person from `from` on that come after `portrait`, and then around. Returns
 * whether there are enough. */
static bool pick_earlier(const struct measuring *c, struct claim *claim, size_t from, size_t to)
{
    const size_t portrait = claim->part[0];
    size_t n = 0;
    for (size_t step = 1; step < to - from && n < c->earlier; step++) {
        const size_t i = from + (portrait - from + step) % (to - from);
        if (c->items[i].earlier && c->items[i].tmpl)
            claim->part[1 + n++] = (uint32_t)i;
    }
    return n == c->earlier;
}

/* Items are in order of their people. */
static void list_claims(struct measuring *c)
{
    size_t to;
    c->n_claims = 0;
    for (size_t from = 0; from < c->n; from = to) {
        for (to = from; to < c->n && c->items[to].person == c->items[from].person;)
            to++;
        for (size_t i = from; i < to; i++) {
            struct claim claim = {.person = c->items[i].person, .part = {(uint32_t)i}};
            if (c->items[i].portrait && c->items[i].tmpl && pick_earlier(c, &claim, from, to))
                c->claims[c->n_claims++] = claim;
        }
    }
}

/* --- one claim against all probes --- */

struct tried {
    float score[LW_REFERENCE_RULES];
};

static int compare(const struct measuring *c, size_t part, size_t probe, float *score)
{
    return lw_matcher_compare(c->m, c->items[part].tmpl, c->items[probe].tmpl, score, NULL);
}

/* Where the earlier ones are unlike the portrait it speaks alone, whatever the rule. */
static int try_probe(const struct measuring *c, const struct claim *claim,
                     const struct lw_reference *joined, size_t probe, struct tried *out)
{
    float part, *s = out->score;
    int r = compare(c, claim->part[0], probe, &s[LW_RULE_PORTRAIT]);
    s[LW_RULE_MEAN] = s[LW_RULE_FUSED] = s[LW_RULE_BEST] = s[LW_RULE_PORTRAIT];
    if (r < 0 || !joined->tmpl)
        return r;
    for (size_t i = 1; r >= 0 && i <= c->earlier; i++) {
        r = compare(c, claim->part[i], probe, &part);
        s[LW_RULE_BEST] = fmaxf(s[LW_RULE_BEST], part);
    }
    if (r >= 0)
        r = lw_matcher_compare(c->m, joined->tmpl, c->items[probe].tmpl, &s[LW_RULE_FUSED], NULL);
    s[LW_RULE_MEAN] = s[LW_RULE_FUSED] * joined->unity;
    return r;
}

static int note(struct share *s, struct wrong w)
{
    if (s->n == s->cap) {
        size_t cap = s->cap ? 2 * s->cap : 1024;
        struct wrong *v = realloc(s->v, cap * sizeof(*v));
        if (!v)
            return LW_ENOMEM;
        s->v = v;
        s->cap = cap;
    }
    s->v[s->n++] = w;
    return LW_OK;
}

/* What is wrong: a stranger at or above a threshold, the person below it or without a face. */
static int judge(const struct measuring *c, struct share *s, const struct claim *claim,
                 const struct lw_reference_item *probe, const struct tried *tried)
{
    const bool genuine = probe->person == claim->person;
    int r = LW_OK;
    for (uint8_t rule = 0; rule < LW_REFERENCE_RULES; rule++)
        for (uint8_t f = 0; r >= 0 && f < LW_REFERENCE_FMRS; f++) {
            const bool match = probe->tmpl && tried->score[rule] >= c->threshold[f];
            if (match != genuine)
                r = note(s, (struct wrong){claim->person, probe->person, rule, f});
        }
    return r;
}

static bool is_part(const struct measuring *c, const struct claim *claim, size_t probe)
{
    for (size_t i = 0; i <= c->earlier; i++)
        if (c->items[claim->part[i]].passage == c->items[probe].passage)
            return true;
    return false;
}

static int try_all(const struct measuring *c, const struct claim *claim,
                   const struct lw_reference *joined, struct share *s)
{
    struct tried tried = {{0}};
    int r = LW_OK;
    for (size_t i = 0; r >= 0 && i < c->n; i++) {
        if (!c->items[i].probe || is_part(c, claim, i))
            continue;
        r = c->items[i].tmpl ? try_probe(c, claim, joined, i, &tried) : LW_OK;
        if (r >= 0)
            r = judge(c, s, claim, &c->items[i], &tried);
    }
    return r;
}

static int try_claim(void *ctx, size_t at, unsigned worker)
{
    struct measuring *c = ctx;
    const struct claim *claim = &c->claims[at];
    const struct lw_template *earlier[MOST_MAX];
    struct lw_reference joined = {.tmpl = NULL};
    for (size_t i = 0; i < c->earlier; i++)
        earlier[i] = c->items[claim->part[1 + i]].tmpl;
    const struct lw_reference_parts parts = {
        .portrait = c->items[claim->part[0]].tmpl, .earlier = earlier, .n = c->earlier};
    int r = lw_reference_join(&joined, c->m, &parts, c->agree, NULL);
    c->shares[worker].unlike += r == 0;
    if (r >= 0)
        r = try_all(c, claim, &joined, &c->shares[worker]);
    lw_template_free(&joined.tmpl);
    return r;
}

static void count_trials(struct measuring *c)
{
    memset(c->trials, 0, c->people * c->people * sizeof(*c->trials));
    for (size_t k = 0; k < c->n_claims; k++)
        for (size_t i = 0; i < c->n; i++)
            if (c->items[i].probe && !is_part(c, &c->claims[k], i))
                c->trials[c->claims[k].person * c->people + c->items[i].person]++;
}

/* --- rates, with people drawn --- */

struct sums {                                                       /* wrong and all */
    double wrong[LW_REFERENCE_RULES][LW_REFERENCE_FMRS][2], all[2]; /* [genuine] */
};

static void add_up(const struct measuring *c, const uint32_t *w, struct sums *out)
{
    *out = (struct sums){.all = {0, 0}};
    for (size_t x = 0; x < c->people; x++)
        for (size_t y = 0; w[x] && y < c->people; y++)
            out->all[x == y] +=
                (double)c->trials[x * c->people + y] * w[x] * (x == y ? 1 : (double)w[y]);
    for (unsigned t = 0; t < c->threads; t++)
        for (size_t i = 0; i < c->shares[t].n; i++) {
            const struct wrong *v = &c->shares[t].v[i];
            const bool genuine = v->claimed == v->probe;
            out->wrong[v->rule][v->fmr][genuine] +=
                (double)w[v->claimed] * (genuine ? 1 : (double)w[v->probe]);
        }
}

struct replicates {
    double v[LW_REFERENCE_RULES][LW_REFERENCE_FMRS][2][REPLICATES];
};

static struct lw_rate rate(const struct sums *s, struct replicates *drawn, size_t rule, size_t f,
                           bool genuine)
{
    struct lw_rate out = lw_rate_of(s->wrong[rule][f][genuine], s->all[genuine]);
    double low, high;
    lw_percentile_interval(drawn->v[rule][f][genuine], REPLICATES, &low, &high);
    lw_rate_widen(&out, low, high);
    return out;
}

static void draw(const struct measuring *c, uint32_t *w, struct replicates *drawn)
{
    struct lw_rng rng = lw_rng_seed(1);
    struct sums s;
    for (size_t k = 0; k < REPLICATES; k++) {
        memset(w, 0, c->people * sizeof(*w));
        for (size_t i = 0; i < c->people; i++)
            w[lw_rng_below(&rng, (uint32_t)c->people)]++;
        add_up(c, w, &s);
        for (size_t rule = 0; rule < LW_REFERENCE_RULES; rule++)
            for (size_t f = 0; f < LW_REFERENCE_FMRS; f++)
                for (size_t g = 0; g < 2; g++)
                    drawn->v[rule][f][g][k] = s.all[g] > 0 ? s.wrong[rule][f][g] / s.all[g] : 0;
    }
}

static int find_rates(const struct measuring *c, struct lw_reference_row *row)
{
    LW_AUTO_MEM(uint32_t) w = calloc(c->people, sizeof(*w));
    LW_AUTO_MEM(struct replicates) drawn = calloc(1, sizeof(*drawn));
    struct sums s;
    if (!w || !drawn)
        return LW_ENOMEM;
    draw(c, w, drawn);
    for (size_t i = 0; i < c->people; i++)
        w[i] = 1;
    add_up(c, w, &s);
    for (size_t rule = 0; rule < LW_REFERENCE_RULES; rule++)
        for (size_t f = 0; f < LW_REFERENCE_FMRS; f++) {
            row->rules[rule].fmr[f] = rate(&s, drawn, rule, f, false);
            row->rules[rule].fnmr[f] = rate(&s, drawn, rule, f, true);
        }
    return LW_OK;
}

static void count_claims(const struct measuring *c, struct lw_reference_row *row)
{
    row->claims = c->n_claims;
    for (size_t k = 0; k < c->n_claims; k++)
        row->people += k == 0 || c->claims[k].person != c->claims[k - 1].person;
    for (unsigned t = 0; t < c->threads; t++)
        row->unlike += c->shares[t].unlike;
}

static int measure_row(struct measuring *c, size_t earlier, struct lw_reference_row *row)
{
    *row = (struct lw_reference_row){.earlier = earlier};
    c->earlier = earlier;
    for (unsigned t = 0; t < c->threads; t++)
        c->shares[t].n = c->shares[t].unlike = 0;
    list_claims(c);
    if (c->n_claims == 0)
        return 0;
    int r = lw_parallel(c->n_claims, c->threads, try_claim, c);
    if (r < 0)
        return r;
    count_claims(c, row);
    count_trials(c);
    r = find_rates(c, row);
    return r < 0 ? r : 1;
}

/* --- the whole --- */

static int find_thresholds(struct measuring *c, enum lw_compared compared, struct lw_why *why)
{
    int r =
        lw_matcher_threshold_at(c->m, LW_COMPARED_STILLS, LW_REFERENCE_AGREE_FMR, &c->agree, why);
    for (size_t f = 0; r >= 0 && f < LW_REFERENCE_FMRS; f++)
        r = lw_matcher_threshold_at(c->m, compared, lw_reference_fmrs[f], &c->threshold[f], why);
    return r;
}

static int check(const struct measuring *c, const struct lw_references_opts *o, struct lw_why *why)
{
    if (o->most < 1 || o->most > MOST_MAX || o->threads < 1 || o->threads > 64 || c->people < 2)
        return lw_why_set(why, LW_EINVAL, -1,
                          "two people at least, 1 to 64 threads, 1 to %d "
                          "earlier templates",
                          MOST_MAX);
    if (c->people > LW_REFERENCE_PEOPLE_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "%zu people: at most %d", c->people,
                          LW_REFERENCE_PEOPLE_MAX);
    return LW_OK;
}

static void measuring_clear(struct measuring *c)
{
    for (unsigned t = 0; c->shares && t < c->threads; t++)
        free(c->shares[t].v);
    free(c->shares);
    free(c->trials);
    free(c->claims);
}

static int measure(struct measuring *c, const struct lw_references_opts *o,
                   struct lw_references_report *out)
{
    int r = 1;
    c->claims = calloc(c->n + 1, sizeof(*c->claims));
    c->trials = calloc(c->people * c->people, sizeof(*c->trials));
    c->shares = calloc(c->threads, sizeof(*c->shares));
    if (!c->claims || !c->trials || !c->shares)
        return LW_ENOMEM;
    for (size_t k = 1; r > 0 && k <= o->most; k++)
        if ((r = measure_row(c, k, &out->rows[out->n])) > 0)
            out->n++;
    memcpy(out->threshold, c->threshold, sizeof(out->threshold));
    return lw_mini(r, LW_OK);
}

int lw_references_measure(struct lw_references_report *out, const struct lw_reference_item *items,
                          size_t n, size_t people, struct lw_matcher *m,
                          const struct lw_references_opts *opts, struct lw_why *why)
{
    const struct lw_references_opts defaults = LW_REFERENCES_DEFAULTS;
    LW_AUTO_MEM(struct lw_references_report) report = calloc(1, sizeof(*report));
    if (!opts)
        opts = &defaults;
    struct measuring c = {
        .items = items, .n = n, .people = people, .m = m, .threads = opts->threads};
    int r = check(&c, opts, why);
    if (r < 0 || (r = find_thresholds(&c, opts->compared, why)) < 0)
        return r;
    r = report ? measure(&c, opts, report) : LW_ENOMEM;
    measuring_clear(&c);
    if (r < 0)
        return lw_why_set(why, r, -1, "claims cannot be measured: %s", lw_err_name(r));
    *out = *report;
    return LW_OK;
}

/* --- what is printed --- */

static void put_rule_json(struct lw_strbuf *b, const struct lw_references_report *r,
                          const struct lw_reference_row *row, enum lw_reference_rule rule, size_t f)
{
    lw_strbuf_printf(b,
                     "    {\"earlier\": %zu, \"rule\": \"%s\", \"fmr_claimed\": %g, "
                     "\"threshold\": ",
                     row->earlier, lw_reference_rule_name(rule), lw_reference_fmrs[f]);
    lw_json_put_float(b, r->threshold[f]);
    lw_strbuf_puts(b, ", \"fmr\": ");
    lw_rate_put_json(b, &row->rules[rule].fmr[f]);
    lw_strbuf_puts(b, ", \"fnmr\": ");
    lw_rate_put_json(b, &row->rules[rule].fnmr[f]);
    lw_strbuf_putc(b, '}');
}

void lw_references_put_json(struct lw_strbuf *b, const struct lw_references_report *r)
{
    const char *comma = "";
    lw_strbuf_puts(b, "{\n  \"claims\": [");
    for (size_t i = 0; i < r->n; i++)
        lw_strbuf_printf(b,
                         "%s{\"earlier\": %zu, \"people\": %zu, \"claims\": %zu, \"unlike\": %zu}",
                         i ? ", " : "", r->rows[i].earlier, r->rows[i].people, r->rows[i].claims,
                         r->rows[i].unlike);
    lw_strbuf_puts(b, "],\n  \"rates\": [");
    for (size_t i = 0; i < r->n; i++)
        for (enum lw_reference_rule rule = 0; rule < LW_REFERENCE_RULES; rule++)
            for (size_t f = 0; f < LW_REFERENCE_FMRS; f++, comma = ",") {
                lw_strbuf_printf(b, "%s\n", comma);
                put_rule_json(b, r, &r->rows[i], rule, f);
            }
    lw_strbuf_puts(b, "\n  ]\n}\n");
}

static void put_row_text(struct lw_strbuf *b, const struct lw_reference_row *row)
{
    char fmr[LW_RATE_TEXT], fnmr[LW_RATE_TEXT];
    lw_strbuf_printf(b, "%zu earlier: %zu claims of %zu people, in %zu the portrait was unlike\n",
                     row->earlier, row->claims, row->people, row->unlike);
    for (size_t f = 0; f < LW_REFERENCE_FMRS; f++)
        for (enum lw_reference_rule rule = 0; rule < LW_REFERENCE_RULES; rule++) {
            const struct lw_rate *x = &row->rules[rule].fmr[f];
            lw_rate_print(fmr, x);
            lw_rate_print(fnmr, &row->rules[rule].fnmr[f]);
            lw_strbuf_printf(b, "  FMR %-7g %-9s %8.0f of %.0f, %s, missed %s\n",
                             lw_reference_fmrs[f], lw_reference_rule_name(rule), x->n, x->of, fmr,
                             fnmr);
        }
}

void lw_references_put_text(struct lw_strbuf *b, const struct lw_references_report *r)
{
    for (size_t i = 0; i < r->n; i++)
        put_row_text(b, &r->rows[i]);
}
