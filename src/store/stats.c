/* Tables of counts with margins: period x lane x direction x measure, "all" being the last place in
 * each of the first three. Two kinds of page exist: a month by days and a day by hours. A day's
 * totals stand on both, so a day's page takes over which of them its month hides and shows. What is
 * not over yet is left out, and an unfinished month has no totals over its days: otherwise two
 * pages of different days, subtracted, would give a hidden day away. */
#include "store/stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/schema.h"
#include "store/suppress.h"
#include "store/tally.h"

#define HOUR_US (3600 * INT64_C(1000000))
enum { DIRECTIONS = 3, PERIODS_MAX = 31, LANES_MAX = 64 };

/* What is counted in a cell: crossings and their two splits, people and their split, classes,
 * reasons. */
enum {
    CROSSINGS,
    VERIFIED,
    REFERRED,
    COMPLETE,
    INCOMPLETE,
    OCCUPANTS,
    OCCUPANTS_VERIFIED,
    OCCUPANTS_REFERRED,
    OPTED_OUT,
    BY_LANE, /* those before are counted by lane, too */
    CLASSES = BY_LANE,
    REASONS = CLASSES + LW_CLASS_UNKNOWN + 1,
    COUNTS = REASONS + LW_REASONS
};

struct page {
    int64_t first_hour;
    int64_t hours_per_period;
    size_t n_periods; /* whole ones that are over */
    bool over;        /* all of them are: there are totals over them */
    bool by_lane;
    size_t n_lanes;
    char lanes[LANES_MAX][LW_BUNDLE_ID];
    int64_t *value;  /* (n_periods + 1) x (n_lanes + 1) x DIRECTIONS x COUNTS */
    int64_t *timing; /* per cell without COUNTS: timed, seconds */
    bool *hidden, *shown;
    int64_t synthetic;
};

static size_t places(const struct page *g)
{
    return (g->n_periods + 1) * (g->n_lanes + 1) * DIRECTIONS;
}
static size_t place(const struct page *g, size_t period, size_t lane, size_t direction)
{
    return (period * (g->n_lanes + 1) + lane) * DIRECTIONS + direction;
}
static size_t cell(const struct page *g, size_t period, size_t lane, size_t direction, size_t k)
{
    return place(g, period, lane, direction) * COUNTS + k;
}

static void page_clear(struct page *g)
{
    free(g->value);
    free(g->timing);
    free(g->hidden);
    free(g->shown);
}

static int page_make(struct page *g, struct lw_why *why)
{
    size_t n = places(g);
    g->value = calloc(n * COUNTS, sizeof(*g->value));
    g->timing = calloc(n * 2, sizeof(*g->timing));
    g->hidden = calloc(n * COUNTS, sizeof(*g->hidden));
    g->shown = calloc(n * COUNTS, sizeof(*g->shown));
    return g->value && g->timing && g->hidden && g->shown
               ? LW_OK
               : lw_why_set(why, LW_ENOMEM, -1, "no memory");
}

/* --- counting --- */

static int count_of(const char *measure)
{
    static const struct {
        unsigned measure;
        int count;
    } plain[] = {{LW_TALLY_CROSSINGS, CROSSINGS},
                 {LW_TALLY_VERIFIED, VERIFIED},
                 {LW_TALLY_COMPLETE, COMPLETE},
                 {LW_TALLY_OCCUPANTS, OCCUPANTS},
                 {LW_TALLY_OCCUPANTS_VERIFIED, OCCUPANTS_VERIFIED},
                 {LW_TALLY_OPTED_OUT, OPTED_OUT}};
    char name[32];
    for (size_t i = 0; i < LW_COUNT(plain); i++) {
        lw_measure_name(name, plain[i].measure);
        if (strcmp(name, measure) == 0)
            return plain[i].count;
    }
    for (unsigned i = LW_TALLY_CLASSES; i < LW_TALLY_MEASURES; i++) {
        lw_measure_name(name, i);
        if (strcmp(name, measure) == 0)
            return CLASSES + (int)(i - LW_TALLY_CLASSES);
    }
    return -1;
}

/* One row of the tally into its cell and the margins above it. */
static void add_everywhere(struct page *g, const size_t at[3], const char *measure, int64_t n)
{
    int k = count_of(measure);
    for (unsigned margins = 0; margins < 8; margins++) {
        size_t period = margins & 1 ? g->n_periods : at[0];
        size_t lane = margins & 2 ? g->n_lanes : at[1];
        size_t direction = margins & 4 ? DIRECTIONS - 1 : at[2];
        if (k >= 0 && (k < BY_LANE || lane == g->n_lanes))
            g->value[cell(g, period, lane, direction, (size_t)k)] += n;
        if (strcmp(measure, "timed") == 0)
            g->timing[2 * place(g, period, lane, direction)] += n;
        if (strcmp(measure, "seconds") == 0)
            g->timing[2 * place(g, period, lane, direction) + 1] += n;
    }
}

static size_t lane_of(const struct page *g, const char *lane)
{
    size_t i = 0;
    while (i < g->n_lanes && strcmp(g->lanes[i], lane) != 0)
        i++;
    return i;
}

static int read_lanes(struct lw_sql *q, struct page *g, struct lw_why *why)
{
    sqlite3_stmt *st;
    int64_t end = g->first_hour + (int64_t)g->n_periods * g->hours_per_period;
    g->n_lanes = 0;
    int r = lw_sql_begin(q, why, &st,
                         "SELECT DISTINCT lane FROM tally WHERE hour >= ? AND hour < ?"
                         " ORDER BY lane",
                         LW_BIND(LW_I(g->first_hour), LW_I(end)));
    while (r == 0 && (r = lw_sql_next(q, st, why)) == 1) {
        if (g->n_lanes == LANES_MAX) {
            lw_sql_done(st);
            return lw_why_set(why, LW_ELIMIT, -1, "more than %d lanes", LANES_MAX);
        }
        lw_sql_text(st, 0, g->lanes[g->n_lanes++], LW_BUNDLE_ID);
        r = 0;
    }
    return r;
}

static int read_counts(struct lw_sql *q, struct page *g, struct lw_why *why)
{
    sqlite3_stmt *st;
    int64_t end = g->first_hour + (int64_t)g->n_periods * g->hours_per_period;
    int r = lw_sql_begin(q, why, &st,
                         "SELECT hour, lane, direction = 'outbound', measure, n FROM tally"
                         " WHERE hour >= ? AND hour < ?",
                         LW_BIND(LW_I(g->first_hour), LW_I(end)));
    while (r == 0 && (r = lw_sql_next(q, st, why)) == 1) {
        char lane[LW_BUNDLE_ID], measure[32];
        lw_sql_text(st, 1, lane, sizeof(lane));
        lw_sql_text(st, 3, measure, sizeof(measure));
        int64_t hour = sqlite3_column_int64(st, 0) - g->first_hour, n = sqlite3_column_int64(st, 4);
        const size_t at[3] = {(size_t)(hour / g->hours_per_period), lane_of(g, lane),
                              (size_t)sqlite3_column_int64(st, 2)};
        if (strcmp(measure, "synthetic") == 0)
            g->synthetic += n;
        else
            add_everywhere(g, at, measure, n);
        r = 0;
    }
    return r;
}

static void complete_splits(struct page *g)
{
    for (size_t i = 0; i < places(g); i++) {
        int64_t *v = &g->value[i * COUNTS];
        v[REFERRED] = v[CROSSINGS] - v[VERIFIED];
        v[INCOMPLETE] = v[CROSSINGS] - v[COMPLETE];
        v[OCCUPANTS_REFERRED] = v[OCCUPANTS] - v[OCCUPANTS_VERIFIED] - v[OPTED_OUT];
        v[REASONS + LW_REASON_OPTED_OUT] = 0; /* the same as OPTED_OUT */
    }
}

/* --- the equations between the cells --- */

struct lines {
    size_t n, cap, n_parts, cap_parts;
    struct lw_table_line *v;
    size_t *parts;
    bool failed;
};

static void begin_line(struct lines *l, size_t total)
{
    if (l->n == l->cap) {
        l->cap = l->cap ? 2 * l->cap : 1024;
        struct lw_table_line *v = realloc(l->v, l->cap * sizeof(*v));
        l->failed = l->failed || !v;
        l->v = v ? v : l->v;
    }
    if (!l->failed)
        l->v[l->n++] = (struct lw_table_line){.total = total};
}

static void add_part(struct lines *l, size_t part)
{
    if (l->n_parts == l->cap_parts) {
        l->cap_parts = l->cap_parts ? 2 * l->cap_parts : 4096;
        size_t *parts = realloc(l->parts, l->cap_parts * sizeof(*parts));
        l->failed = l->failed || !parts;
        l->parts = parts ? parts : l->parts;
    }
    if (l->failed)
        return;
    l->parts[l->n_parts++] = part;
    l->v[l->n - 1].n++;
}

static void split(struct lines *l, size_t base, int total, const int *parts, size_t n)
{
    begin_line(l, base + (size_t)total);
    for (size_t i = 0; i < n; i++)
        add_part(l, base + (size_t)parts[i]);
}

static void lines_within(struct lines *l, const struct page *g, size_t p, size_t lane, size_t d)
{
    static const int crossings[] = {VERIFIED, REFERRED}, captures[] = {COMPLETE, INCOMPLETE};
    static const int people[] = {OCCUPANTS_VERIFIED, OCCUPANTS_REFERRED, OPTED_OUT};
    size_t base = cell(g, p, lane, d, 0);
    split(l, base, CROSSINGS, crossings, LW_COUNT(crossings));
    split(l, base, CROSSINGS, captures, LW_COUNT(captures));
    split(l, base, OCCUPANTS, people, LW_COUNT(people));
    if (lane < g->n_lanes)
        return;
    begin_line(l, base + OCCUPANTS_VERIFIED);
    for (size_t c = 0; c <= LW_CLASS_UNKNOWN; c++)
        add_part(l, base + CLASSES + c);
}

/* Sums over directions, lanes and periods for one count at one place. */
static void lines_across(struct lines *l, const struct page *g, size_t p, size_t lane, size_t d,
                         size_t k)
{
    size_t at = cell(g, p, lane, d, k);
    if (d == DIRECTIONS - 1) {
        begin_line(l, at);
        add_part(l, cell(g, p, lane, 0, k));
        add_part(l, cell(g, p, lane, 1, k));
    }
    if (lane == g->n_lanes && g->by_lane && k < BY_LANE) {
        begin_line(l, at);
        for (size_t i = 0; i < g->n_lanes; i++)
            add_part(l, cell(g, p, i, d, k));
    }
    if (p == g->n_periods) {
        begin_line(l, at);
        for (size_t i = 0; i < g->n_periods; i++)
            add_part(l, cell(g, i, lane, d, k));
    }
}

static void make_lines(struct lines *l, const struct page *g)
{
    for (size_t p = 0; p < g->n_periods + g->over; p++) {
        for (size_t lane = g->by_lane ? 0 : g->n_lanes; lane <= g->n_lanes; lane++) {
            for (size_t d = 0; d < DIRECTIONS; d++) {
                lines_within(l, g, p, lane, d);
                for (size_t k = 0; k < (lane < g->n_lanes ? BY_LANE : COUNTS); k++)
                    lines_across(l, g, p, lane, d, k);
            }
        }
    }
}

/* Cells that are on no page at all: what nobody sees cannot be computed with. */
static void leave_out(struct page *g)
{
    for (size_t p = 0; p <= g->n_periods; p++)
        for (size_t lane = 0; lane <= g->n_lanes; lane++)
            for (size_t d = 0; d < DIRECTIONS; d++)
                if ((p == g->n_periods && !g->over) || (lane < g->n_lanes && !g->by_lane))
                    memset(&g->value[cell(g, p, lane, d, 0)], 0, COUNTS * sizeof(*g->value));
}

static int suppress_once(struct page *g, int64_t threshold)
{
    struct lines l = {0};
    leave_out(g);
    make_lines(&l, g);
    const struct lw_table t = {.n = places(g) * COUNTS,
                               .value = g->value,
                               .hidden = g->hidden,
                               .shown = g->shown,
                               .n_lines = l.n,
                               .lines = l.v};
    size_t at = 0;
    for (size_t i = 0; !l.failed && i < l.n; i++) { /* the array does not move any more */
        l.v[i].parts = &l.parts[at];
        at += l.v[i].n;
    }
    int r = l.failed ? LW_ENOMEM : lw_suppress(&t, threshold);
    free(l.v);
    free(l.parts);
    return r;
}

/* --- pages --- */

/* What a month's page hides and shows of one of its days, for the totals of that day's page. */
static void take_over(struct page *day, const struct page *month, size_t p)
{
    for (size_t lane = 0; lane <= day->n_lanes; lane++) {
        size_t same = lane == day->n_lanes ? month->n_lanes : lane_of(month, day->lanes[lane]);
        for (size_t d = 0; d < DIRECTIONS; d++) {
            for (size_t k = 0; k < COUNTS; k++) {
                size_t here = cell(day, day->n_periods, lane, d, k);
                bool hidden = month->hidden[cell(month, p, same, d, k)];
                day->hidden[here] = hidden;
                day->shown[here] = !hidden;
            }
        }
    }
}

/* Count and hide; by lane where that leaves something to show. month: NULL for a month's own page.
 */
static int fill(struct lw_sql *q, struct page *g, const struct page *month, int64_t threshold,
                struct lw_why *why)
{
    int r = read_lanes(q, g, why);
    if (r < 0)
        return r;
    for (int by_lane = !month || month->by_lane; by_lane >= 0; by_lane--) {
        page_clear(g);
        g->by_lane = by_lane;
        g->synthetic = 0;
        if ((r = page_make(g, why)) < 0 || (r = read_counts(q, g, why)) < 0)
            return r;
        complete_splits(g);
        if (month)
            take_over(g, month, (size_t)((g->first_hour - month->first_hour) / 24));
        if ((r = suppress_once(g, threshold)) != LW_ELIMIT)
            break;
    }
    if (r == LW_ELIMIT)
        return lw_why_set(why, r, -1, "there is too little traffic to show it this finely");
    return r < 0 ? lw_why_set(why, r, -1, "%s", lw_err_name(r)) : LW_OK;
}

static void name_period(const struct page *g, size_t p, char out[24])
{
    char text[LW_TIME_TEXT];
    int64_t hour = g->first_hour + (int64_t)p * g->hours_per_period;
    lw_time_print(text, hour * HOUR_US);
    snprintf(out, 24, "%.*s", g->hours_per_period == 1 ? 13 : 10, text);
}

static void fill_row(struct lw_stats_row *row, const struct page *g, size_t p, size_t lane,
                     size_t d)
{
    int64_t *const to[] = {&row->crossings,          &row->verified,           &row->referred,
                           &row->complete,           &row->incomplete,         &row->occupants,
                           &row->occupants_verified, &row->occupants_referred, &row->opted_out};
    const int64_t *v = &g->value[cell(g, p, lane, d, 0)];
    const bool *hidden = &g->hidden[cell(g, p, lane, d, 0)];
    int64_t timed = g->timing[2 * place(g, p, lane, d)];
    if (p < g->n_periods)
        name_period(g, p, row->period);
    if (lane < g->n_lanes)
        memcpy(row->lane, g->lanes[lane], sizeof(row->lane));
    row->direction = d < DIRECTIONS - 1 ? (int)d : -1;
    for (size_t k = 0; k < LW_COUNT(to); k++)
        *to[k] = hidden[k] ? -1 : v[k];
    for (size_t k = 0; k <= LW_CLASS_UNKNOWN; k++)
        row->confirmed[k] = lane < g->n_lanes || hidden[CLASSES + k] ? -1 : v[CLASSES + k];
    for (size_t k = 0; k < LW_REASONS; k++)
        row->reasons[k] = lane < g->n_lanes || hidden[REASONS + k] ? -1 : v[REASONS + k];
    /* A mean is shown only of as many crossings as a count would be. */
    bool enough = !hidden[CROSSINGS] && timed == v[CROSSINGS] && timed > 0;
    row->mean_seconds = enough ? (g->timing[2 * place(g, p, lane, d) + 1] + timed / 2) / timed : -1;
}

/* Nothing there, and that is no secret? */
static bool is_empty(const struct page *g, size_t p, size_t lane, size_t d)
{
    for (size_t k = 0; k < COUNTS; k++)
        if (g->value[cell(g, p, lane, d, k)] || g->hidden[cell(g, p, lane, d, k)])
            return false;
    return true;
}

static int make_rows(struct lw_stats *s, const struct page *g, struct lw_why *why)
{
    s->rows = calloc(places(g), sizeof(*s->rows));
    if (!s->rows)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    s->over = g->over;
    s->by_lane = g->by_lane;
    s->synthetic = g->synthetic > 0;
    for (size_t p = 0; p < g->n_periods + g->over; p++)
        for (size_t lane = g->by_lane ? 0 : g->n_lanes; lane <= g->n_lanes; lane++)
            for (size_t d = 0; d < DIRECTIONS; d++)
                if (!is_empty(g, p, lane, d))
                    fill_row(&s->rows[s->n_rows++], g, p, lane, d);
    for (size_t i = 0; i < places(g) * COUNTS; i++)
        s->hidden += g->hidden[i];
    return LW_OK;
}

/* --- asking --- */

static bool parse_day(const char *text, int64_t *hour)
{
    char full[32];
    int64_t us;
    snprintf(full, sizeof(full), "%sT00:00:00Z", text);
    if (lw_time_parse(full, &us) < 0)
        return false;
    *hour = us / HOUR_US;
    return true;
}

/* The month that a day or month lies in: its first hour and its days. */
static void find_month(const char *text, int64_t *first_hour, size_t *days)
{
    char day[16];
    int64_t hour = 0;
    snprintf(day, sizeof(day), "%.7s-01", text);
    parse_day(day, first_hour);
    for (*days = 28; *days < PERIODS_MAX; ++*days) {
        snprintf(day, sizeof(day), "%.7s-%02zu", text, *days + 1);
        if (!parse_day(day, &hour))
            break;
    }
}

/* How many of n periods are over. */
static void cut(struct page *g, size_t n, int64_t now_us)
{
    int64_t passed = now_us / HOUR_US - g->first_hour;
    int64_t whole = passed < 0 ? 0 : passed / g->hours_per_period;
    g->n_periods = whole < (int64_t)n ? (size_t)whole : n;
    g->over = g->n_periods == n;
}

static int last_month(struct lw_sql *q, int64_t now_us, char out[12], struct lw_why *why)
{
    char text[LW_TIME_TEXT];
    int64_t today = now_us / HOUR_US / 24 * 24, hour = 0;
    int r = lw_sql_int(q, why, &hour, "SELECT ifnull(max(hour), -1) FROM tally WHERE hour < ?",
                       LW_BIND(LW_I(today)));
    if (r < 0)
        return r;
    if (hour < 0)
        return lw_why_set(why, LW_ENOTFOUND, -1,
                          "nothing was counted on a day that is over; days end at midnight UTC");
    lw_time_print(text, hour * HOUR_US);
    snprintf(out, 12, "%.7s", text);
    return LW_OK;
}

static int make_stats(struct lw_stats *out, struct lw_sql *q, const struct lw_stats_opts *o,
                      struct lw_why *why)
{
    int64_t now = o->now_utc_us ? o->now_utc_us : lw_now_utc_us();
    const char *period = out->period;
    int r = LW_OK;
    if (o->period)
        snprintf(out->period, sizeof(out->period), "%s", o->period);
    else if ((r = last_month(q, now, out->period, why)) < 0)
        return r;
    bool hourly = strlen(period) == 10;
    struct page month = {.hours_per_period = 24}, day = {.hours_per_period = 1};
    char probe[16];
    size_t days;
    int64_t hour;
    snprintf(probe, sizeof(probe), "%s%s", period, hourly ? "" : "-01");
    if ((!hourly && strlen(period) != 7) || !parse_day(probe, &hour))
        return lw_why_set(why, LW_EINVAL, -1,
                          "\"%.20s\" is neither a month, 2026-11, nor a day, 2026-11-23", period);
    find_month(period, &month.first_hour, &days);
    cut(&month, days, now);
    day.first_hour = hour;
    cut(&day, 24, now);
    if (hourly ? !day.over : month.n_periods == 0)
        return lw_why_set(why, LW_EINVAL, -1, "%s is not over yet%s", period,
                          hourly ? "" : ", nor is any of its days");
    r = fill(q, &month, NULL, o->threshold, why);
    if (r == LW_OK && hourly)
        r = fill(q, &day, &month, o->threshold, why);
    if (r == LW_OK)
        r = make_rows(out, hourly ? &day : &month, why);
    page_clear(&month);
    page_clear(&day);
    return r;
}

int lw_store_stats(struct lw_stats **out, const char *path, const struct lw_stats_opts *opts,
                   struct lw_why *why)
{
    struct lw_sql q;
    LW_AUTO(lw_stats) s = calloc(1, sizeof(*s));
    if (!s)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    if (opts->threshold < 3 || opts->threshold > 1000)
        return lw_why_set(why, LW_EINVAL, -1, "the threshold is not from 3 to 1000");
    int64_t version = 0;
    int r = lw_sql_open(&q, path, SQLITE_OPEN_READONLY, why);
    if (r < 0)
        return r;
    if ((r = lw_schema_version(&q, &version, why)) == LW_OK && version < LW_STORE_SCHEMA_TALLY)
        r = lw_why_set(why, LW_EUNSUP, -1,
                       "has schema %jd, without counts: open it for writing "
                       "once",
                       (intmax_t)version);
    if (r == LW_OK)
        r = make_stats(s, &q, opts, why);
    lw_sql_close(&q);
    if (r < 0)
        return r;
    *out = s;
    s = NULL; /* moved to the caller */
    return LW_OK;
}

void lw_stats_free(struct lw_stats **s)
{
    if (!*s)
        return;
    free((*s)->rows);
    free(*s);
    *s = NULL;
}
