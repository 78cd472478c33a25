/* mrz-pictures: how often the reader of doc/mrz_picture.h gets every character right, on pictures
 * drawn with a font that it was not taught with. MRZ_PICTURES_MISSES=1 lists what was misread.
 *
 * mrz-pictures measure N SEED [CONDITION [FONT]]: a table, a line for each condition or that one
 *
 * mrz-pictures draw CONDITION SEED OUT: one picture; its text to standard output
 *
 * mrz-pictures refuse FILE...: how many pictures are refused, as those without a zone must be */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "doc/mrz_picture.h"
#include "scene.h"

static float between(struct lw_rng *rng, double a, double b)
{
    return (float)lw_rng_range(rng, a, b);
}

/* Scans and screen shots: straight, sharp to slightly soft, any size that scanners make. */
static void clean(struct scene *s, struct lw_rng *rng)
{
    s->around = lw_rng_below(rng, 2) ? SCENE_PAGE : SCENE_STRIP;
    s->pitch_px = between(rng, 14, 34);
    s->spacing = between(rng, 2.2, 2.8);
    s->height = between(rng, 0.95, 1.05);
    s->paper = between(rng, 200, 255);
    s->ink = between(rng, 10, 60);
    s->blur_px = between(rng, 0, 0.7);
}

static void skewed(struct scene *s, struct lw_rng *rng)
{
    clean(s, rng);
    s->turn_deg = between(rng, -10, 10);
}

static void quarter_turns(struct scene *s, struct lw_rng *rng)
{
    clean(s, rng);
    s->turn_deg = 90 * (1 + (float)lw_rng_below(rng, 3));
}

static void any_angle(struct scene *s, struct lw_rng *rng)
{
    clean(s, rng);
    s->turn_deg = between(rng, 0, 360);
}

static void shadowed(struct scene *s, struct lw_rng *rng)
{
    clean(s, rng);
    s->shadow = between(rng, 0.3, 0.7);
    s->uneven = between(rng, 0, 0.5);
}

static void blurred(struct scene *s, struct lw_rng *rng)
{
    clean(s, rng);
    s->pitch_px = between(rng, 14, 28);
    s->blur_px = s->pitch_px * between(rng, 0.08, 0.14);
}

static void noisy(struct scene *s, struct lw_rng *rng)
{
    clean(s, rng);
    s->noise = between(rng, 8, 20);
}

static void compressed(struct scene *s, struct lw_rng *rng)
{
    clean(s, rng);
    s->jpeg = 15 + (int)lw_rng_below(rng, 35);
}

static void low_contrast(struct scene *s, struct lw_rng *rng)
{
    clean(s, rng);
    s->ink = s->paper - between(rng, 40, 80);
    s->noise = between(rng, 0, 4);
}

static void tilted(struct scene *s, struct lw_rng *rng)
{
    clean(s, rng);
    s->keystone = between(rng, 0.05, 0.15);
    s->turn_deg = between(rng, -5, 5);
}

static void small(struct scene *s, struct lw_rng *rng)
{
    clean(s, rng);
    s->pitch_px = between(rng, 9, 12);
    s->blur_px = between(rng, 0, 0.5);
}

/* A telephone in the hand: a little of everything. */
static void phone(struct scene *s, struct lw_rng *rng)
{
    clean(s, rng);
    s->around = SCENE_PAGE;
    s->pitch_px = between(rng, 18, 50);
    s->turn_deg = between(rng, -30, 30) + 90 * (float)lw_rng_below(rng, 4);
    s->keystone = between(rng, 0, 0.08);
    s->blur_px = s->pitch_px * between(rng, 0.03, 0.08);
    s->shadow = between(rng, 0, 0.5);
    s->uneven = between(rng, 0, 0.4);
    s->noise = between(rng, 2, 8);
    s->jpeg = 60 + (int)lw_rng_below(rng, 35);
}

static const struct condition {
    const char *name;
    void (*set)(struct scene *s, struct lw_rng *rng);
} conditions[] = {
    {"clean", clean},
    {"skewed up to 10 degrees", skewed},
    {"quarter turns", quarter_turns},
    {"any angle", any_angle},
    {"shadowed", shadowed},
    {"blurred", blurred},
    {"noisy", noisy},
    {"compressed", compressed},
    {"low contrast", low_contrast},
    {"tilted", tilted},
    {"small", small},
    {"phone", phone},
};

struct picture {
    uint8_t *bytes;
    size_t n;
    int width, height;
    struct scene_text text;
};

static void picture_clear(struct picture *p)
{
    free(p->bytes);
}

static int make(struct picture *p, const struct condition *c, const char *font, uint64_t seed,
                uint64_t i, struct lw_why *why)
{
    const struct lw_rng root = lw_rng_seed(seed);
    struct lw_rng rng = lw_rng_fork(&root, i);
    struct scene s = SCENE_DEFAULTS;
    LW_AUTO(lw_image) im = NULL;
    memset(p, 0, sizeof(*p));
    c->set(&s, &rng);
    s.font = font;
    scene_document(&p->text, LW_MRZ_TD1 + (enum lw_mrz_format)(i % 5), &rng);
    int r = scene_draw(&im, &s, &p->text, &rng, why);
    if (r < 0)
        return r;
    p->width = im->width;
    p->height = im->height;
    return scene_encode(&p->bytes, &p->n, im, s.jpeg, why);
}

static bool exact(const struct lw_mrz_reading *r, const struct picture *p)
{
    if (!r->found || r->n_lines != p->text.n)
        return false;
    for (size_t l = 0; l < p->text.n; l++)
        if (strcmp(r->lines[l], p->text.lines[l]) != 0)
            return false;
    return true;
}

static int by_value(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Wilson's interval, 95 %. */
static void wilson(size_t n, size_t of, double *low, double *high)
{
    const double z = 1.959964, p = (double)n / (double)of, d = 1 + z * z / (double)of;
    const double mid = (p + z * z / (2 * (double)of)) / d;
    const double half =
        z / d * sqrt(p * (1 - p) / (double)of + z * z / (4 * (double)of * (double)of));
    *low = mid - half;
    *high = mid + half;
}

/* Fields by the confidence that came with them. */
static const float edges[] = {0, 0.5f, 0.8f, 0.9f, 0.95f, 0.99f, 0.999f};
enum { BINS = sizeof(edges) / sizeof(edges[0]) };
static size_t in_bin[BINS], right_in_bin[BINS];

static const char *text_of(const struct lw_mrz *m, enum lw_mrz_field f)
{
    switch (f) {
    case LW_MRZ_DOCUMENT_CODE:
        return m->document_code;
    case LW_MRZ_ISSUING_STATE:
        return m->issuing_state;
    case LW_MRZ_SURNAME:
        return m->surname;
    case LW_MRZ_GIVEN_NAMES:
        return m->given_names;
    case LW_MRZ_DOCUMENT_NUMBER:
        return m->document_number;
    case LW_MRZ_NATIONALITY:
        return m->nationality;
    case LW_MRZ_BIRTH_DATE:
        return m->birth_date;
    case LW_MRZ_EXPIRY_DATE:
        return m->expiry_date;
    case LW_MRZ_OPTIONAL_DATA:
        return m->optional_data;
    case LW_MRZ_OPTIONAL_DATA_2:
        return m->optional_data_2;
    default:
        return "";
    }
}

static void count_fields(const struct lw_mrz_reading *r, const struct picture *p)
{
    char text[LW_MRZ_LINES * (LW_MRZ_COLUMNS + 2)] = "";
    struct lw_mrz truth;
    for (size_t l = 0; l < p->text.n; l++)
        sprintf(text + strlen(text), "%s\n", p->text.lines[l]);
    const struct lw_span span = {(const uint8_t *)text, strlen(text)};
    if (!r->found || lw_mrz_parse(&truth, span, 0, NULL) < 0)
        return;
    for (enum lw_mrz_field f = LW_MRZ_DOCUMENT_CODE; f < LW_MRZ_COMPOSITE; f++) {
        int bin = BINS - 1;
        if (r->confidence[f] < 0)
            continue;
        while (r->confidence[f] < edges[bin])
            bin--;
        in_bin[bin]++;
        right_in_bin[bin] += f == LW_MRZ_SEX ? r->mrz.sex == truth.sex
                                             : strcmp(text_of(&r->mrz, f), text_of(&truth, f)) == 0;
    }
}

static void print_bins(void)
{
    printf("\n| confidence from | fields | right |\n|---|---|---|\n");
    for (int k = 0; k < BINS; k++)
        printf("| %.3f | %zu | %.2f %% |\n", (double)edges[k], in_bin[k],
               in_bin[k] ? 100 * (double)right_in_bin[k] / (double)in_bin[k] : 0.0);
}

struct tally {
    size_t n, exact, found, wrong_and_ok; /* the last: another text, and yet no finding */
    double *ms;
    double megapixels;
};

static void print_tally(const char *name, const struct tally *t)
{
    double low, high;
    wilson(t->exact, t->n, &low, &high);
    qsort(t->ms, t->n, sizeof(*t->ms), by_value);
    printf("| %s | %zu of %zu, %.1f %% [%.1f, %.1f] | %zu | %zu | %.1f | %.1f | %.1f | %.1f |\n",
           name, t->exact, t->n, 100 * (double)t->exact / (double)t->n, 100 * low, 100 * high,
           t->n - t->found, t->wrong_and_ok, t->ms[t->n / 2], t->ms[t->n * 95 / 100],
           t->ms[t->n - 1], t->megapixels / (double)t->n);
    fflush(stdout);
}

/* What was read otherwise than it was written. */
static void print_miss(const char *name, uint64_t i, const struct lw_mrz_reading *r,
                       const struct picture *p)
{
    printf("  missed: %s %llu, %d x %d", name, (unsigned long long)i, p->width, p->height);
    if (!r->found || r->n_lines != p->text.n || strlen(r->lines[0]) != strlen(p->text.lines[0]))
        printf(" %s\n", r->found ? "as another format" : "not found");
    else
        for (size_t l = 0; l < r->n_lines; l++)
            for (size_t c = 0; p->text.lines[l][c]; c++)
                if (r->lines[l][c] != p->text.lines[l][c])
                    printf(", %zu.%zu %c for %c", l + 1, c + 1, r->lines[l][c],
                           p->text.lines[l][c]);
    putchar('\n');
}

static int measure_one(struct tally *t, const struct condition *c, const char *font, uint64_t seed,
                       uint64_t i, struct lw_why *why)
{
    struct picture p;
    struct lw_mrz_reading r;
    int err = make(&p, c, font, seed, i, why);
    if (err < 0)
        return err;
    const int64_t began = lw_cpu_ns();
    err = lw_mrz_picture_read(&r, (struct lw_span){p.bytes, p.n}, NULL, why);
    if (err == LW_OK) {
        t->ms[t->n++] = (double)(lw_cpu_ns() - began) / 1e6;
        t->megapixels += (double)p.width * (double)p.height / 1e6;
        t->found += r.found;
        t->exact += exact(&r, &p);
        t->wrong_and_ok += r.found && !exact(&r, &p) && lw_mrz_ok(&r.mrz);
        count_fields(&r, &p);
        if (!exact(&r, &p) && getenv("MRZ_PICTURES_MISSES"))
            print_miss(c->name, i, &r, &p);
    }
    picture_clear(&p);
    return err;
}

static int measure(size_t n, uint64_t seed, const char *only, const char *font, struct lw_why *why)
{
    printf(
        "| condition | every character right [95 %%] | none found | wrong, no finding | median ms "
        "| 95 %% ms | most ms | megapixels |\n|---|---|---|---|---|---|---|---|\n");
    for (size_t k = 0; k < LW_COUNT(conditions); k++) {
        if (only && strcmp(conditions[k].name, only) != 0)
            continue;
        struct tally t = {.ms = calloc(n, sizeof(double))};
        int r = t.ms ? LW_OK : LW_ENOMEM;
        for (size_t i = 0; i < n && r == LW_OK; i++)
            r = measure_one(&t, &conditions[k], font, seed + k, i, why);
        if (r == LW_OK)
            print_tally(conditions[k].name, &t);
        free(t.ms);
        if (r < 0)
            return r;
    }
    print_bins();
    return LW_OK;
}

static int draw(const char *condition, uint64_t seed, const char *out, struct lw_why *why)
{
    for (size_t k = 0; k < LW_COUNT(conditions); k++) {
        struct picture p;
        if (strcmp(conditions[k].name, condition) != 0)
            continue;
        int r = make(&p, &conditions[k], SCENE_FONT, 1 + k, seed, why);
        if (r < 0)
            return r;
        for (size_t l = 0; l < p.text.n; l++)
            puts(p.text.lines[l]);
        r = lw_file_write(out, (struct lw_span){p.bytes, p.n}, why);
        picture_clear(&p);
        return r;
    }
    return lw_why_set(why, LW_ENOTFOUND, -1, "no condition \"%s\"", condition);
}

static int refuse(char **files, size_t n, struct lw_why *why)
{
    size_t refused = 0;
    double slowest = 0;
    for (size_t i = 0; i < n; i++) {
        LW_AUTO_MEM(uint8_t) data = NULL;
        struct lw_mrz_reading r;
        size_t bytes;
        int err = lw_file_read(files[i], LW_MRZ_PICTURE_BYTES_MAX, &data, &bytes, why);
        const int64_t began = lw_now_ns();
        if (err == LW_OK)
            err = lw_mrz_picture_read(&r, (struct lw_span){data, bytes}, NULL, why);
        if (err < 0)
            return err;
        const double ms = (double)(lw_now_ns() - began) / 1e6;
        slowest = ms > slowest ? ms : slowest;
        refused += !r.found;
        if (r.found)
            printf("%s: %s / %s\n", files[i], r.lines[0], r.lines[1]);
    }
    printf("%zu of %zu refused, at most %.0f ms\n", refused, n, slowest);
    return LW_OK;
}

int main(int argc, char **argv)
{
    struct lw_why why = {.text = "usage: mrz-pictures measure|draw|refuse ..."};
    int r = LW_EINVAL;
    if (argc >= 4 && argc <= 6 && strcmp(argv[1], "measure") == 0)
        r = measure((size_t)strtoul(argv[2], NULL, 10), strtoull(argv[3], NULL, 10),
                    argc >= 5 ? argv[4] : NULL, argc == 6 ? argv[5] : SCENE_FONT, &why);
    else if (argc == 5 && strcmp(argv[1], "draw") == 0)
        r = draw(argv[2], strtoull(argv[3], NULL, 10), argv[4], &why);
    else if (argc > 2 && strcmp(argv[1], "refuse") == 0)
        r = refuse(argv + 2, (size_t)argc - 2, &why);
    if (r < 0)
        fprintf(stderr, "mrz-pictures: %s\n", why.text);
    return r < 0 ? 2 : 0;
}
