/* The text of a zone is the path through its cells that costs least. A character costs what the
 * classifier thinks of it (minus the logarithm of its probability), and more where its field has no
 * such characters; a check digit that does not fit costs VIOLATED, because wrong ones are printed
 * too and must then be found, not hidden. So that every check can be judged on the way, a state is
 * a pair of sums modulo 10: of the field (ICAO 9303-3, 4.9) and of the composite.
 *
 * What keeps a forged digit from being mended: a character is only ever replaced by one that the
 * picture leaves likely too (UNLIKELY), or by its twin in the other alphabet (0 and O, 8 and B
 * ...), which in blurred print nobody can tell apart. */
#include "doc/mrz_decode.h"

#include <math.h>
#include <string.h>

#include "doc/mrz_layout.h"

enum {
    CELLS_MAX = LW_MRZ_LINES * LW_MRZ_COLUMNS,
    SUMS = 10,
    STATES = SUMS * SUMS,
    CHOICES_MAX = 8
};
static const float VIOLATED = 6, UNLIKELY = 3, TWIN_UNLIKELY = 7, FOREIGN = 9, TWIN_SHARE = 0.02f;
/* Teaching softened its targets by SOFT and drew worse pictures than people take: both are taken
 * out again before probabilities mean something. SHARPER was set so that the confidences of fields
 * on drawn pictures of all kinds are about the shares that were right. */
static const float SOFT = 0.02f / LW_OCRB_CLASSES, SHARPER = 1.6f, LEAST_P = 2e-6f;

enum kind { PLAIN, FIELD_DIGIT, COMPOSITE_DIGIT };

/* What a cell is to the checks. */
struct role {
    enum kind kind;
    int check;            /* the field check it belongs to, or -1 */
    bool begins;          /* first of that field */
    int weight;           /* in its field, or 0 */
    int composite_weight; /* or 0 */
};

struct choice {
    int glyph;
    float cost;
};

struct cell {
    struct role role;
    enum lw_mrz_alphabet alphabet;
    size_t index;    /* in its slot */
    bool digit_only; /* a check digit */
    float p[LW_OCRB_GLYPHS];
    int best; /* the picture's own choice */
    size_t n;
    struct choice v[CHOICES_MAX];
};

struct decoder {
    const struct lw_mrz_layout *layout;
    size_t n;
    struct cell cells[CELLS_MAX];
};

static const int weights[] = {7, 3, 1};

static int value_of(int glyph)
{
    const char c = lw_ocrb_char(glyph);
    return c == '<' ? 0 : c <= '9' ? c - '0' : c - 'A' + 10;
}

static int twin_of(int glyph)
{
    static const char pairs[] = "0O8B2Z1I5S6G";
    const char *at = strchr(pairs, lw_ocrb_char(glyph));
    if (!at || *at == '\0')
        return -1;
    return lw_ocrb_glyph(pairs[(at - pairs) ^ 1]);
}

static bool may_stand(const struct cell *c, int glyph)
{
    const char ch = lw_ocrb_char(glyph);
    const bool letter = ch >= 'A' && ch <= 'Z', digit = ch >= '0' && ch <= '9';
    if (c->digit_only)
        return !letter;
    switch (c->alphabet) {
    case LW_MRZ_LETTERS:
        return !digit;
    case LW_MRZ_DIGITS:
        return !letter;
    case LW_MRZ_SEXES:
        return ch == 'M' || ch == 'F' || ch == 'X' || ch == '<';
    case LW_MRZ_CODE:
        return letter || c->index > 0;
    case LW_MRZ_ANY:
        break;
    }
    return true;
}

static float cost_of(const struct cell *c, int glyph)
{
    return -logf(c->p[glyph]) + (may_stand(c, glyph) ? 0 : FOREIGN);
}

static void add_choice(struct cell *c, int glyph)
{
    for (size_t i = 0; i < c->n; i++)
        if (c->v[i].glyph == glyph)
            return;
    if (c->n < CHOICES_MAX)
        c->v[c->n++] = (struct choice){glyph, cost_of(c, glyph)};
}

/* Where a letter cannot stand its twin digit may well be meant, and the other way round. */
static void lend_to_twins(struct cell *c)
{
    for (int g = 0; g < LW_OCRB_GLYPHS; g++) {
        const int twin = twin_of(g);
        if (twin >= 0 && !may_stand(c, g) && may_stand(c, twin))
            c->p[twin] = lw_maxf(c->p[twin], TWIN_SHARE * c->p[g]);
    }
}

/* The characters that the picture leaves likely, twins, and the best one that may stand here. */
static void list_choices(struct cell *c)
{
    int allowed = -1;
    for (int g = 0; g < LW_OCRB_GLYPHS; g++) {
        if (c->p[g] > c->p[c->best])
            c->best = g;
        if (may_stand(c, g) && (allowed < 0 || c->p[g] > c->p[allowed]))
            allowed = g;
    }
    add_choice(c, c->best);
    add_choice(c, allowed);
    for (int g = 0; g < LW_OCRB_GLYPHS; g++)
        if (c->p[g] > c->p[c->best] * expf(-UNLIKELY))
            add_choice(c, g);
    for (size_t i = 0, n = c->n; i < n; i++) {
        const int twin = twin_of(c->v[i].glyph);
        if (twin >= 0 &&
            (!may_stand(c, c->best) || c->p[twin] > c->p[c->best] * expf(-TWIN_UNLIKELY)))
            add_choice(c, twin);
    }
}

static struct cell *cell_at(struct decoder *d, size_t line, size_t column)
{
    return &d->cells[line * d->layout->columns + column];
}

static void assign_check(struct decoder *d, size_t k)
{
    const struct lw_mrz_check *check = &d->layout->checks[k];
    const bool composite = check->field == LW_MRZ_COMPOSITE;
    struct cell *digit = cell_at(d, check->digit.line, check->digit.column);
    int weight = 0;
    digit->role.kind = composite ? COMPOSITE_DIGIT : FIELD_DIGIT;
    digit->digit_only = true;
    if (!composite)
        digit->role.check = (int)k;
    for (size_t i = 0; i < check->n; i++)
        for (size_t j = 0; j < check->over[i].n; j++) {
            struct role *r =
                &cell_at(d, check->over[i].line, (size_t)check->over[i].column + j)->role;
            if (composite) {
                r->composite_weight = weights[weight++ % 3];
                continue;
            }
            r->begins = weight == 0;
            r->check = (int)k;
            r->weight = weights[weight++ % 3];
        }
}

/* Probabilities without the softening, filler and all; NONE is shared out by leaving it away. */
static void take_probabilities(struct cell *c, const float log_p[LW_OCRB_CLASSES])
{
    float sum = 0;
    for (int g = 0; g < LW_OCRB_GLYPHS; g++) {
        c->p[g] = lw_maxf(powf(lw_maxf(expf(log_p[g]) - SOFT, 0), SHARPER), LEAST_P);
        sum += c->p[g];
    }
    for (int g = 0; g < LW_OCRB_GLYPHS; g++)
        c->p[g] /= sum;
}

static void prepare(struct decoder *d, const struct lw_mrz_layout *layout,
                    const struct lw_mrz_zone *zone)
{
    d->layout = layout;
    d->n = (size_t)layout->lines * layout->columns;
    memset(d->cells, 0, sizeof(d->cells));
    for (size_t i = 0; i < d->n; i++) {
        d->cells[i].role.check = -1;
        take_probabilities(&d->cells[i], zone->log_p[i / layout->columns][i % layout->columns]);
    }
    for (size_t s = 0; s < layout->n_slots; s++)
        for (size_t i = 0; i < layout->slots[s].at.n; i++) {
            struct cell *c = cell_at(d, layout->slots[s].at.line, layout->slots[s].at.column + i);
            c->alphabet = layout->slots[s].alphabet;
            c->index = i;
        }
    for (size_t k = 0; k < layout->n_checks; k++)
        assign_check(d, k);
    for (size_t i = 0; i < d->n; i++) {
        lend_to_twins(&d->cells[i]);
        list_choices(&d->cells[i]);
    }
}

/* What a glyph in a cell does to a state; *extra is what a check that does not fit costs. */
static int next_state(const struct decoder *d, const struct cell *c, int state, int glyph,
                      float *extra)
{
    int field = state / SUMS, composite = state % SUMS;
    const int value = value_of(glyph);
    const bool filler = lw_ocrb_char(glyph) == '<';
    *extra = 0;
    if (c->role.kind == FIELD_DIGIT) {
        const bool continues = d->layout->checks[c->role.check].field == LW_MRZ_DOCUMENT_NUMBER &&
                               (d->layout->format == LW_MRZ_TD1 || d->layout->format == LW_MRZ_TD2);
        const bool fits = filler ? field == 0 || continues : value == field;
        *extra = fits ? 0 : VIOLATED;
        field = 0;
    } else if (c->role.kind == COMPOSITE_DIGIT) {
        *extra = value == composite && !filler ? 0 : VIOLATED;
    }
    if (c->role.begins)
        field = 0;
    field = (field + value * c->role.weight) % SUMS;
    composite = (composite + value * c->role.composite_weight) % SUMS;
    return field * SUMS + composite;
}

struct step {
    int8_t choice;
    int8_t from;
};

/* The cheapest path. */
static void find_path(const struct decoder *d, int glyphs[CELLS_MAX])
{
    static const float NEVER = 1e9f;
    float cost[STATES], next[STATES];
    struct step steps[CELLS_MAX][STATES];
    for (int s = 0; s < STATES; s++)
        cost[s] = s == 0 ? 0 : NEVER;
    for (size_t i = 0; i < d->n; i++) {
        const struct cell *c = &d->cells[i];
        for (int s = 0; s < STATES; s++)
            next[s] = NEVER;
        for (int s = 0; s < STATES; s++)
            for (size_t k = 0; cost[s] < NEVER && k < c->n; k++) {
                float extra;
                const int to = next_state(d, c, s, c->v[k].glyph, &extra);
                const float total = cost[s] + c->v[k].cost + extra;
                if (total < next[to]) {
                    next[to] = total;
                    steps[i][to] = (struct step){(int8_t)k, (int8_t)s};
                }
            }
        memcpy(cost, next, sizeof(cost));
    }
    int best = 0;
    for (int s = 1; s < STATES; s++)
        if (cost[s] < cost[best])
            best = s;
    int state = best;
    for (size_t i = d->n; i-- > 0;) {
        glyphs[i] = d->cells[i].v[steps[i][state].choice].glyph;
        state = steps[i][state].from;
    }
}

/* The probability of a cell's glyph among those that may stand there. */
static float share_of(const struct cell *c, int glyph)
{
    float sum = may_stand(c, glyph) ? 0 : c->p[glyph];
    for (int g = 0; g < LW_OCRB_GLYPHS; g++)
        sum += may_stand(c, g) ? c->p[g] : 0;
    return c->p[glyph] / sum;
}

/* How likely all texts of a checked field are together whose digit fits. */
static float all_fitting(const struct decoder *d, int check)
{
    double sums[SUMS] = {1};
    double fitting = 0;
    for (size_t i = 0; i < d->n; i++) {
        const struct cell *c = &d->cells[i];
        double next[SUMS] = {0};
        if (c->role.check != check)
            continue;
        for (int g = 0; g < LW_OCRB_GLYPHS; g++) {
            const double p = may_stand(c, g) ? (double)share_of(c, g) : 0;
            for (int s = 0; s < SUMS && p > 0; s++) {
                if (c->role.kind == FIELD_DIGIT)
                    fitting += value_of(g) == s ? sums[s] * p : 0;
                next[(s + value_of(g) * c->role.weight) % SUMS] += sums[s] * p;
            }
        }
        memcpy(sums, next, sizeof(sums));
    }
    return (float)fitting;
}

static bool has_finding(const struct lw_mrz *m, enum lw_mrz_field field)
{
    for (size_t i = 0; i < m->n_findings; i++)
        if (m->findings[i].field == field)
            return true;
    return false;
}

/* That each character is right; under the condition that the check digit fits, where it does. */
static void judge(struct lw_mrz_reading *out, const struct decoder *d, const int glyphs[CELLS_MAX])
{
    const struct lw_mrz_layout *l = d->layout;
    for (int f = 0; f < LW_MRZ_FIELDS; f++)
        out->confidence[f] = -1;
    for (size_t s = 0; s < l->n_slots; s++) {
        const struct lw_mrz_slot *slot = &l->slots[s];
        const size_t first = (size_t)slot->at.line * l->columns + slot->at.column;
        float p = 1;
        for (size_t i = 0; i < slot->at.n; i++)
            p *= share_of(&d->cells[first + i], glyphs[first + i]);
        const int check = d->cells[first].role.check;
        if (check >= 0 && !has_finding(&out->mrz, slot->field)) {
            const size_t digit = first + slot->at.n;
            p *= share_of(&d->cells[digit], glyphs[digit]) / all_fitting(d, check);
        }
        out->confidence[slot->field] = lw_clampf(p, 0, 1);
    }
    if (out->confidence[LW_MRZ_GIVEN_NAMES] < 0)
        out->confidence[LW_MRZ_GIVEN_NAMES] = out->confidence[LW_MRZ_SURNAME];
}

static void write_lines(struct lw_mrz_reading *out, const struct decoder *d,
                        const int glyphs[CELLS_MAX])
{
    const size_t columns = d->layout->columns;
    out->n_lines = d->layout->lines;
    out->n_corrected = 0;
    memset(out->lines, 0, sizeof(out->lines));
    for (size_t i = 0; i < d->n; i++) {
        out->lines[i / columns][i % columns] = lw_ocrb_char(glyphs[i]);
        if (glyphs[i] != d->cells[i].best)
            out->corrected[out->n_corrected++] =
                (struct lw_mrz_corrected){.line = (int)(i / columns) + 1,
                                          .column = (int)(i % columns) + 1,
                                          .read = lw_ocrb_char(d->cells[i].best),
                                          .used = lw_ocrb_char(glyphs[i])};
    }
}

static float probability(const struct lw_mrz_zone *zone, size_t column, char c)
{
    return expf(zone->log_p[0][column][lw_ocrb_glyph(c)]);
}

/* Visas begin with V (part 7, 4.2.2); French cards have a layout of their own, which only their
 * first five characters tell. */
static enum lw_mrz_format format_of(const struct lw_mrz_zone *zone)
{
    float french = 1;
    for (size_t i = 0; i < 5; i++)
        french *= probability(zone, i, "IDFRA"[i]);
    if (zone->lines == 3)
        return LW_MRZ_TD1;
    if (probability(zone, 0, 'V') > 0.5f)
        return zone->columns == 44 ? LW_MRZ_MRV_A : LW_MRZ_MRV_B;
    if (zone->columns == 44)
        return LW_MRZ_TD3;
    return french > 0.3f ? LW_MRZ_ID_FRA : LW_MRZ_TD2;
}

int lw_mrz_decode(struct lw_mrz_reading *out, const struct lw_mrz_zone *zone, int64_t today_utc_us)
{
    struct decoder d;
    int glyphs[CELLS_MAX];
    char text[LW_MRZ_LINES * (LW_MRZ_COLUMNS + 1)];
    size_t n = 0;
    prepare(&d, lw_mrz_layout_of(format_of(zone)), zone);
    find_path(&d, glyphs);
    write_lines(out, &d, glyphs);
    for (size_t l = 0; l < out->n_lines; l++) {
        memcpy(text + n, out->lines[l], zone->columns);
        n += zone->columns;
        text[n++] = '\n';
    }
    const struct lw_span span = {.data = (const uint8_t *)text, .n = n};
    const int r = lw_mrz_parse(&out->mrz, span, today_utc_us, NULL);
    if (r == LW_OK)
        judge(out, &d, glyphs);
    return r;
}
