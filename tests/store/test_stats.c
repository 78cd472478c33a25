#include "entries.h"

#include "store/stats.h"

/* n crossings of the entries.h kind (3 people: citizen and noncitizen verified, one referred as too
 * dark and turned away) at one hour; ids from the counter. */
static void pass(struct lw_store *s, const char *hour, const char *lane, enum lw_direction d, int n)
{
    static int counter;
    for (int i = 0; i < n; i++) {
        char id[24], time[40];
        struct lw_why why = {0};
        snprintf(id, sizeof(id), "s%d", counter++);
        snprintf(time, sizeof(time), "%s:00:20Z", hour);
        struct crossing *c = make_crossing(id, utc_of(time));
        snprintf(c->rec.bundle.lane, sizeof(c->rec.bundle.lane), "%s", lane);
        c->rec.bundle.direction = d;
        c->entry.n_blobs = 0;
        if (lw_store_put_entry(s, &c->entry, &why) < 0)
            fail_msg("%s", why.text);
        free(c);
    }
}

static struct lw_stats *stats_at(const struct place *p, const char *period, const char *now)
{
    struct lw_stats *st = NULL;
    struct lw_why why = {0};
    const struct lw_stats_opts opts = {
        .period = period, .threshold = 10, .now_utc_us = utc_of(now)};
    if (lw_store_stats(&st, p->store, &opts, &why) < 0)
        fail_msg("%s", why.text);
    return st;
}

static const struct lw_stats_row *row(const struct lw_stats *s, const char *period,
                                      const char *lane, int direction)
{
    for (size_t i = 0; i < s->n_rows; i++)
        if (strcmp(s->rows[i].period, period) == 0 && strcmp(s->rows[i].lane, lane) == 0 &&
            s->rows[i].direction == direction)
            return &s->rows[i];
    return NULL;
}

static void a_month_is_counted_by_days_lanes_and_directions(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    pass(s, "2026-03-01T08", "OUT-1", LW_OUTBOUND, 12);
    pass(s, "2026-03-01T09", "OUT-2", LW_OUTBOUND, 15);
    pass(s, "2026-03-02T09", "OUT-1", LW_OUTBOUND, 20);
    pass(s, "2026-03-02T09", "OUT-2", LW_OUTBOUND, 11);
    LW_AUTO(lw_stats) st = stats_at(p, "2026-03", "2026-05-01T00:00:00Z");
    CHECK(st->over && st->by_lane && !st->synthetic && st->hidden == 0);
    const struct lw_stats_row *r = row(st, "2026-03-01", "OUT-1", LW_OUTBOUND);
    CHECK(r && r->crossings == 12 && r->verified == 0 && r->referred == 12);
    CHECK(r->complete == 0 && r->incomplete == 12 && r->mean_seconds == 9);
    CHECK(r->occupants == 36 && r->occupants_verified == 24 && r->occupants_referred == 12);
    r = row(st, "", "", -1);
    CHECK(r && r->crossings == 58 && r->occupants == 174 && r->opted_out == 0);
    CHECK(r->confirmed[LW_CLASS_CITIZEN] == 58 && r->confirmed[LW_CLASS_NONCITIZEN] == 58);
    CHECK(r->reasons[LW_REASON_TOO_DARK] == 58 && r->reasons[LW_REASON_GLARE] == 0);
    r = row(st, "2026-03-02", "", LW_OUTBOUND);
    CHECK(r && r->crossings == 31 && r->confirmed[LW_CLASS_CITIZEN] == 31);
    CHECK(!row(st, "2026-03-03", "", -1)); /* empty rows are left out */
}

static void counts_outlive_the_records(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    pass(s, "2026-03-01T08", "OUT-1", LW_OUTBOUND, 12);
    const struct lw_purge_opts opts = {.now_utc_us = utc_of("2126-01-01T00:00:00Z"),
                                       .clock_is_right = true};
    struct lw_purge_report report;
    CHECK(lw_store_purge(s, &opts, &report, NULL) == LW_OK && report.erased.records == 12);
    lw_strbuf_clear(&report.certificate);
    LW_AUTO(lw_stats) st = stats_at(p, "2026-03", "2026-05-01T00:00:00Z");
    CHECK(row(st, "", "", -1)->crossings == 12);
}

static void small_counts_are_hidden_and_cannot_be_subtracted(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    pass(s, "2026-03-01T08", "OUT-1", LW_OUTBOUND, 3);
    pass(s, "2026-03-01T08", "OUT-2", LW_OUTBOUND, 40);
    pass(s, "2026-03-02T08", "OUT-1", LW_OUTBOUND, 50);
    pass(s, "2026-03-02T08", "OUT-2", LW_OUTBOUND, 60);
    LW_AUTO(lw_stats) st = stats_at(p, "2026-03", "2026-05-01T00:00:00Z");
    CHECK(st->by_lane && st->hidden > 0);
    CHECK(row(st, "2026-03-01", "OUT-1", LW_OUTBOUND)->crossings == -1);
    CHECK(row(st, "2026-03-01", "OUT-1", LW_OUTBOUND)->mean_seconds == -1);
    CHECK(row(st, "2026-03-01", "OUT-1", -1)->crossings == -1);
    CHECK(row(st, "2026-03-01", "OUT-2", LW_OUTBOUND)->crossings == -1);
    CHECK(row(st, "2026-03-02", "OUT-1", LW_OUTBOUND)->crossings == -1);
    CHECK(row(st, "", "", -1)->crossings == 153);
}

static void an_unfinished_month_has_no_totals_over_its_days(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    pass(s, "2026-03-01T08", "OUT-1", LW_OUTBOUND, 12);
    pass(s, "2026-03-02T08", "OUT-1", LW_OUTBOUND, 12);
    pass(s, "2026-03-03T08", "OUT-1", LW_OUTBOUND, 12);
    LW_AUTO(lw_stats) st = stats_at(p, "2026-03", "2026-03-03T10:00:00Z");
    CHECK(!st->over && row(st, "2026-03-02", "", -1)->crossings == 12);
    CHECK(!row(st, "", "", -1));
    CHECK(!row(st, "2026-03-03", "", -1)); /* today is not over */
}

static void a_day_is_counted_by_hours_and_agrees_with_its_month(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    pass(s, "2026-03-01T08", "OUT-1", LW_OUTBOUND, 12);
    pass(s, "2026-03-01T09", "OUT-1", LW_OUTBOUND, 4);
    pass(s, "2026-03-01T10", "OUT-1", LW_OUTBOUND, 30);
    LW_AUTO(lw_stats) day = stats_at(p, "2026-03-01", "2026-05-01T00:00:00Z");
    CHECK(day->over && row(day, "2026-03-01T09", "", -1)->crossings == -1);
    CHECK(row(day, "2026-03-01T08", "", -1)->crossings == -1);
    CHECK(row(day, "2026-03-01T10", "", -1)->crossings == 30);
    CHECK(row(day, "", "", -1)->crossings == 46);
    LW_AUTO(lw_stats) month = stats_at(p, "2026-03", "2026-05-01T00:00:00Z");
    CHECK(row(month, "2026-03-01", "", -1)->crossings == 46);
}

/* A day hidden in its month because of another day must not be shown on its own page. */
static void a_days_page_hides_what_its_months_page_hides(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    pass(s, "2026-03-01T08", "OUT-1", LW_OUTBOUND, 12);
    pass(s, "2026-03-01T09", "OUT-1", LW_OUTBOUND, 13);
    pass(s, "2026-03-02T08", "OUT-1", LW_OUTBOUND, 2);
    pass(s, "2026-03-03T08", "OUT-1", LW_OUTBOUND, 30);
    LW_AUTO(lw_stats) month = stats_at(p, "2026-03", "2026-05-01T00:00:00Z");
    CHECK(row(month, "2026-03-01", "", -1)->crossings == -1);
    CHECK(row(month, "", "", -1)->crossings == 57);
    LW_AUTO(lw_stats) day = stats_at(p, "2026-03-01", "2026-05-01T00:00:00Z");
    CHECK(row(day, "", "", -1)->crossings == -1);
    int shown = 0;
    for (size_t i = 0; i < day->n_rows; i++)
        shown += day->rows[i].period[0] && day->rows[i].direction == -1 && !day->rows[i].lane[0] &&
                 day->rows[i].crossings >= 0;
    CHECK(shown < 2); /* else they would add up */
}

static void a_correction_counts_instead_of_what_it_corrects(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    pass(s, "2026-03-01T08", "OUT-1", LW_OUTBOUND, 20);
    struct crossing *c = make_crossing("fix", utc_of("2026-03-01T08:00:20Z"));
    CHECK(ask(p, "SELECT n FROM tally WHERE measure = 'occupants_verified'") == 40);
    strcpy(c->rec.bundle.lane, "OUT-1");
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    CHECK(sqlite3_open(p->store, &db) == SQLITE_OK);
    CHECK(sqlite3_prepare_v2(db, "SELECT min(id) FROM record", -1, &st, NULL) == SQLITE_OK);
    CHECK(sqlite3_step(st) == SQLITE_ROW);
    snprintf(c->rec.corrects, sizeof(c->rec.corrects), "%s", sqlite3_column_text(st, 0));
    sqlite3_finalize(st);
    sqlite3_close(db);
    c->entry.n_blobs = 0;
    c->rec.outcome.occupants[1].document = -1;
    c->rec.outcome.occupants[1].decision = LW_REFERRAL;
    c->rec.outcome.occupants[1].reasons = 1u << LW_REASON_MISMATCH;
    CHECK(lw_store_put_entry(s, &c->entry, NULL) == LW_OK);
    CHECK(ask(p, "SELECT n FROM tally WHERE measure = 'crossings'") == 20);
    CHECK(ask(p, "SELECT n FROM tally WHERE measure = 'occupants_verified'") == 39);
    CHECK(ask(p, "SELECT n FROM tally WHERE measure = 'reason:mismatch'") == 1);
    strcpy(c->rec.id, "fix2"); /* a second correction of the same record does not count */
    CHECK(lw_store_put_entry(s, &c->entry, NULL) == LW_OK);
    CHECK(ask(p, "SELECT n FROM tally WHERE measure = 'crossings'") == 20);
    free(c);
}

static void people_who_opted_out_leave_the_denominators(void **state)
{
    const struct place *p = *state;
    LW_AUTO_STORE s = open_store(p);
    for (int i = 0; i < 12; i++) {
        char id[16];
        snprintf(id, sizeof(id), "o%d", i);
        struct crossing *c = make_crossing(id, utc_of("2026-03-01T08:00:20Z"));
        c->rec.outcome.occupants[2].reasons = 1u << LW_REASON_OPTED_OUT;
        c->rec.bundle.synthetic = true;
        c->entry.n_blobs = 0;
        CHECK(lw_store_put_entry(s, &c->entry, NULL) == LW_OK);
        free(c);
    }
    LW_AUTO(lw_stats) st = stats_at(p, "2026-03", "2026-05-01T00:00:00Z");
    const struct lw_stats_row *r = row(st, "", "", -1);
    CHECK(r->complete == 12 && r->opted_out == 12 && r->occupants_referred == 0);
    CHECK(st->synthetic);
}

static void periods_that_are_none_are_refused(void **state)
{
    const struct place *p = *state;
    static const char *const bad[] = {"2026", "2026-13", "2026-02-30", "yesterday", "2026-3-1", ""};
    struct lw_stats *st = NULL;
    struct lw_why why = {0};
    struct lw_stats_opts opts = LW_STATS_DEFAULTS;
    struct lw_store *s = open_store(p);
    lw_store_close(&s);
    opts.now_utc_us = utc_of("2026-03-03T10:00:00Z");
    for (size_t i = 0; i < LW_COUNT(bad); i++) {
        opts.period = bad[i];
        CHECK(lw_store_stats(&st, p->store, &opts, &why) == LW_EINVAL);
        assert_non_null(strstr(why.text, "is neither a month, 2026-11, nor a day, 2026-11-23"));
    }
    opts.period = "2026-03-03";
    CHECK(lw_store_stats(&st, p->store, &opts, &why) == LW_EINVAL);
    assert_string_equal(why.text, "2026-03-03 is not over yet");
    opts.period = "2026-04";
    CHECK(lw_store_stats(&st, p->store, &opts, &why) == LW_EINVAL);
    assert_string_equal(why.text, "2026-04 is not over yet, nor is any of its days");
    opts.period = "2026-02";
    opts.threshold = 2;
    CHECK(lw_store_stats(&st, p->store, &opts, &why) == LW_EINVAL);
    opts.threshold = 10;
    CHECK(lw_store_stats(&st, p->store, &opts, &why) == LW_OK && st->n_rows == 0);
    lw_stats_free(&st);
}

static const struct CMUnitTest tests[] = {
    STORE_TEST(a_month_is_counted_by_days_lanes_and_directions),
    STORE_TEST(counts_outlive_the_records),
    STORE_TEST(small_counts_are_hidden_and_cannot_be_subtracted),
    STORE_TEST(an_unfinished_month_has_no_totals_over_its_days),
    STORE_TEST(a_day_is_counted_by_hours_and_agrees_with_its_month),
    STORE_TEST(a_days_page_hides_what_its_months_page_hides),
    STORE_TEST(a_correction_counts_instead_of_what_it_corrects),
    STORE_TEST(people_who_opted_out_leave_the_denominators),
    STORE_TEST(periods_that_are_none_are_refused),
};
RUN_TESTS(tests)
